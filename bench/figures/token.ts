import { sallyport } from '../entrants/sallyport.ts'
import { type Contestant, contest } from './contest.ts'
import { startAll, stopEach } from './field.ts'
import { atLeast, type Figure } from './figure.ts'

const connections = 16

/** The password grant. Nearly all of its time is bcrypt, so the figure shows the other waits. */
export const token: Figure = {
  name: 'token',
  title: 'Password grants',
  async measure(bench) {
    const { against, isSmoke, folder } = bench
    // Their hashes at cost 12 would take longer than a smoke run.
    const peers = isSmoke ? [] : bench.peers
    const seconds = bench.seconds * 2
    const runners = await startAll([sallyport, ...against, ...peers], { folder: folder() })
    const { lines } = await contest(bench, [
      { name: 'raw', title: 'raw bcrypt', goal: atLeast(0.95, 0.98), job: async () => ({ kind: 'hashes', seconds }) },
      ...runners.map(({ entrant: { name, title, logIn }, server: { url, pid } }): Contestant => {
        return { name, title, job: async () => ({ kind: 'rate', url, pid, connections, seconds, requests: [logIn] }) }
      })
    ])
    await stopEach(runners.map(({ server }) => server))
    return { lines, notes: [`${connections} clients that log in continuously; cost 12.`] }
  }
}
