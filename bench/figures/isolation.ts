import { account } from '../entrants/entrant.ts'
import { sallyport } from '../entrants/sallyport.ts'
import { assertStatuses, type Generator } from '../load/generator.ts'
import { ask, postForm, postJson } from '../request.ts'
import { inRounds } from '../rounds.ts'
import { ratios, spread } from '../stats.ts'
import { untilIdle } from '../usage.ts'
import { freshMe, type Runner, startAll, stopEach, withGenerator } from './field.ts'
import { atMost, type Figure, line } from './figure.ts'

const hammering = 64
const perSecond = 125
/** Not the account of the steady client, because that client's login would end when the account has too many. */
const hammered = { ...account, username: 'bob', email: 'bob@example.com' }
/** The statuses of a full hash queue and of too many attempts. */
const busyStatuses = ['200', '429', '503']

/** How clients that hammer `/token` affect a steady client of `/users/me`. */
export const isolation: Figure = {
  name: 'isolation',
  title: 'GET /users/me while /token is hammered',
  async measure({ rounds, seconds, against, folder, progress }) {
    const runners = await startAll([sallyport, ...against], { folder: folder() })
    for (const { server } of runners) await ask(server.url, postJson('/users', hammered))
    const { username, password } = hammered
    const requests = [postForm('/token', { grant_type: 'password', username, password })]

    async function measureRound(runner: Runner, hammer: Generator, prober: Generator) {
      const { url, pid } = runner.server
      const request = await freshMe(runner)
      const probe = { kind: 'probe', urls: [url], requests: [request], perSecond, seconds: seconds * 2 } as const
      await prober.run({ ...probe, seconds: 0.5 })
      const idle = await prober.run(probe)
      // Both warm up for a quarter of the time; the probe begins when the load is at its full rate and ends before it.
      const loading = hammer.run({ kind: 'rate', url, pid, connections: hammering, seconds: seconds * 3, requests })
      await prober.run({ ...probe, seconds: seconds * 0.5 })
      const [loaded, load] = await Promise.all([prober.run(probe), loading])
      assertStatuses('GET /users/me, idle', idle.statuses)
      assertStatuses('GET /users/me under load', loaded.statuses)
      assertStatuses('POST /token', load.statuses, busyStatuses)
      await untilIdle(pid)
      return { idle: idle.p99, loaded: loaded.p99 }
    }

    const byName = new Map(runners.map(runner => [runner.entrant.name, runner]))
    const measured = await withGenerator({}, hammer =>
      withGenerator({ isUrgent: true }, prober =>
        inRounds([...byName.keys()], rounds, async (name, round) => {
          const p99 = await measureRound(byName.get(name) as Runner, hammer, prober)
          progress(`round ${round + 1}/${rounds}  ${name}  p99 ${p99.idle.toFixed(1)} → ${p99.loaded.toFixed(1)} ms`)
          return p99
        })
      )
    )
    await stopEach(runners.map(({ server }) => server))

    const of = (name: string, when: 'idle' | 'loaded') => (measured[name] ?? []).map(each => each[when])
    const loaded = of(sallyport.name, 'loaded')
    const idle = of(sallyport.name, 'idle')
    // Unlike a rate, the p99 of an idle server depends on chance, so it is not taken from the same round.
    const { median } = spread(idle)
    const ratio = loaded.map(milliseconds => milliseconds / median)
    return {
      lines: [
        line('ratio', 'p99 under load ÷ idle', '×', ratio, atMost(5, 2)),
        line('loaded', 'p99 under load', 'ms', loaded, atMost(50, 50)),
        line('idle', 'p99 idle', 'ms', idle),
        ...against.flatMap(({ name, title }) => [
          line(`to-${name}`, `p99 under load, Sallyport ÷ ${title}`, '×', ratios(loaded, of(name, 'loaded'))),
          line(name, `p99 under load, ${title}`, 'ms', of(name, 'loaded'))
        ])
      ],
      notes: [
        `${hammering} clients log in continuously; ${perSecond} other requests a second are sent at fixed times, and timed from ` +
          'when they were due.'
      ]
    }
  }
}
