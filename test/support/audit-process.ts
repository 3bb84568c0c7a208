import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { openStore } from '../../src/store/open.ts'
import { event, newUser } from './store.ts'

// A writer in its own process. A message is a number of events to record in the given database, ten at once, every
// other one with a change; the reply is the number that was written.
const [url, name] = process.argv.slice(2)
const store = await openStore(String(url), () => {})

async function write(n: number): Promise<void> {
  const told = event('written', { actor: String(name), detail: { n } })
  if (n % 2 === 0) await store.audit.record(told)
  else await store.users.insert(newUser(randomUUID()), told)
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
