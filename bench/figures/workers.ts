import { apart, coreCount } from '../cores.ts'
import { sallyport } from '../entrants/sallyport.ts'
import type { RateJob } from '../load/jobs.ts'
import { contest } from './contest.ts'
import { freshMe, type Runner, startAll, stopEach } from './field.ts'
import { atLeast, type Figure } from './figure.ts'

const connections = 64

/** The gain from a second worker. */
export const workers: Figure = {
  name: 'workers',
  title: 'Two workers',
  async measure(bench) {
    if (coreCount < 2) return { lines: [], notes: [], skipped: 'there is one core' }
    const cores = apart(2)
    const start = async (workers: string) => {
      const place = { folder: bench.folder(), cores: cores.server, env: { WORKERS: workers } }
      return (await startAll([sallyport], place))[0] as Runner
    }
    const [one, two] = [await start('1'), await start('2')]
    const jobOf = (runner: Runner) => async (): Promise<RateJob> => {
      const { url, pid } = runner.server
      return { kind: 'rate', url, pid, connections, seconds: bench.seconds, requests: [await freshMe(runner)] }
    }
    const contestants = [
      { name: 'one', title: 'WORKERS=1', goal: atLeast(1.6, 1.9), job: jobOf(one) },
      { name: sallyport.name, title: 'WORKERS=2', job: jobOf(two) }
    ]
    const { lines } = await contest(bench, contestants, { cores: cores.load })
    await stopEach([one.server, two.server])
    const shared = 'This machine has no core left for the load, so the second worker competes with the load for one.'
    return { lines, notes: [`\`GET /users/me\`, ${connections} connections.`, ...(cores.load ? [] : [shared])] }
  }
}
