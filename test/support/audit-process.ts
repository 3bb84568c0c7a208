import { setTimeout } from 'node:timers/promises'
import { openStore } from '../../src/store/open.ts'
import { event } from './store.ts'

// A writer in its own process. A message is a number of events to record in the given database, ten at once, every
// other one with a change; the reply is the number that was written.
const [url, name] = process.argv.slice(2)
const store = await openStore(String(url), () => {})

function write(n: number): Promise<void> {
  const told = event('written', { actor: String(name), detail: { n } })
  const failures = [{ key: `${name}-${n % 7}`, forgiveMs: 1000, mostMs: 5000 }]
  return n % 2 === 0 ? store.audit.record(told) : store.throttle.count(failures, 1000, told)
}

process.on('message', async count => {
  let written = 0
  for (let n = 0; n < Number(count); n += 10) {
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => write(n + i)))
    written += outcomes.filter(({ status }) => status === 'fulfilled').length
    // On SQLite a writer would keep its turn if it did not pause.
    await setTimeout(6)
  }
  process.send?.(written)
})
process.send?.('ready')
