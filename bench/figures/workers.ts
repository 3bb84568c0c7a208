import { apart, coreCount } from '../cores.ts'
import { sallyport } from '../entrants/sallyport.ts'
import { assertStatuses } from '../load/generator.ts'
import { inRounds } from '../rounds.ts'
import { ratios } from '../stats.ts'
import { freshMe, perCpuSecond, perSecondLine, type Runner, shown, startAll, withGenerator } from './field.ts'
import { atLeast, type Figure, line } from './figure.ts'

const connections = 64

/** The gain from a second worker. */
export const workers: Figure = {
  name: 'workers',
  title: 'Two workers',
  async measure({ rounds, seconds, folder, progress }) {
    const { ConfigSchema } = await import('../../src/config/settings.ts')
    if (!('workers' in ConfigSchema.properties)) return { lines: [], notes: [], skipped: 'there is no setting WORKERS' }
    if (coreCount < 2) return { lines: [], notes: [], skipped: 'there is one core' }

    const cores = apart(2)
    const start = async (count: string) =>
      (await startAll([sallyport], { folder: folder(), cores: cores.server, env: { WORKERS: count } }))
        .sallyport as Runner
    const runners: Record<string, Runner> = { one: await start('1'), two: await start('2') }
    const measured = await withGenerator({ cores: cores.load }, generator =>
      inRounds(['one', 'two'], rounds, async (name, round) => {
        const runner = runners[name] as Runner
        const { url, pid } = runner.server
        const requests = [await freshMe(runner)]
        const result = await generator.run({ kind: 'rate', url, pid, connections, seconds, requests })
        assertStatuses(`WORKERS, ${name}`, result.statuses)
        progress(`round ${round + 1}/${rounds}  ${name}  ${shown(result)}`)
        return result
      })
    )
    await Promise.all(Object.values(runners).map(({ server }) => server.stop()))

    const { one = [], two = [] } = measured
    const rates = (results: typeof one) => results.map(({ perSecond }) => perSecond)
    const cpu = { one: perCpuSecond(one), two: perCpuSecond(two) }
    return {
      lines: [
        line('ratio', 'WORKERS=2 ÷ 1, /users/me', '×', ratios(rates(two), rates(one)), atLeast(1.6, 1.9)),
        ...(cpu.one && cpu.two
          ? [line('cpu', 'requests a second of processor time, WORKERS=2 ÷ 1', '×', ratios(cpu.two, cpu.one))]
          : []),
        perSecondLine('one', 'one worker', one),
        perSecondLine('two', 'two workers', two)
      ],
      notes: [
        `${connections} connections.`,
        ...(cores.load
          ? []
          : ['This machine has no core left for the load, so the second worker competes with the load for one.'])
      ]
    }
  }
}
