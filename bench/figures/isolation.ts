import { account } from '../entrants/entrant.ts'
import { sallyport } from '../entrants/sallyport.ts'
import { assertStatuses, type Generator } from '../load/generator.ts'
import type { LatencyResult, RateResult } from '../load/jobs.ts'
import { ask, postForm, postJson } from '../request.ts'
import { inRounds } from '../rounds.ts'
import { ratios, spread } from '../stats.ts'
import { untilIdle } from '../usage.ts'
import { freshMe, type Runner, startAll, withGenerator } from './field.ts'
import { atMost, type Figure, line } from './figure.ts'

const hammering = 64
const perSecond = 125
/** Not the account of the steady client, because that client's login would end when the account has too many. */
const hammered = { ...account, username: 'bob', email: 'bob@example.com' }
/** The statuses of a full hash queue and of too many attempts. */
const busyStatuses = ['200', '429', '503']

interface Latencies {
  idle: LatencyResult
  loaded: LatencyResult
  load: RateResult
}

/** How clients that hammer `/token` affect a steady client of `/users/me`. */
export const isolation: Figure = {
  name: 'isolation',
  title: 'GET /users/me while /token is hammered',
  async measure({ rounds, seconds, against, folder, progress }) {
    const entrants = [sallyport, ...(against ? [against] : [])]
    const runners = await startAll(entrants, { folder: folder() })
    for (const { server } of Object.values(runners)) await ask(server.url, postJson('/users', hammered))
    const { username, password } = hammered
    const requests = [postForm('/token', { grant_type: 'password', username, password })]

    async function measureRound(runner: Runner, hammer: Generator, prober: Generator): Promise<Latencies> {
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
      return { idle, loaded, load }
    }

    const measured = await withGenerator({}, hammer =>
      withGenerator({ isUrgent: true }, prober =>
        inRounds(Object.keys(runners), rounds, async (name, round) => {
          const latencies = await measureRound(runners[name] as Runner, hammer, prober)
          const { idle, loaded } = latencies
          progress(`round ${round + 1}/${rounds}  ${name}  p99 ${idle.p99.toFixed(1)} → ${loaded.p99.toFixed(1)} ms`)
          return latencies
        })
      )
    )
    await Promise.all(Object.values(runners).map(({ server }) => server.stop()))

    const p99 = (name: string, when: 'idle' | 'loaded') => (measured[name] ?? []).map(one => one[when].p99)
    const lines = entrants.flatMap(({ name, title }) => {
      const isOwn = name === sallyport.name
      const [idle, loaded] = [p99(name, 'idle'), p99(name, 'loaded')]
      // Unlike a rate, the p99 of an idle server depends on chance, so it is not taken from the same round.
      const { median } = spread(idle)
      const ratio = loaded.map(milliseconds => milliseconds / median)
      return [
        line(`${name}-ratio`, `${title}: p99 under load ÷ idle`, '×', ratio, isOwn ? atMost(5, 2) : undefined),
        line(`${name}-loaded`, `${title}: p99 under load`, 'ms', loaded, isOwn ? atMost(50, 50) : undefined),
        line(`${name}-idle`, `${title}: p99 idle`, 'ms', idle)
      ]
    })
    const compared = against
      ? [
          line(
            'to-against',
            `p99 under load, Sallyport ÷ ${against.title}`,
            '×',
            ratios(p99('sallyport', 'loaded'), p99('against', 'loaded'))
          )
        ]
      : []
    return {
      lines: [...lines, ...compared],
      notes: [
        `${hammering} clients log in continuously; ${perSecond} other requests a second are sent at fixed times, and timed from ` +
          'when they were due.',
        ...entrants.map(({ name, title }) => {
          const all = measured[name] ?? []
          const load = total(all.map(one => one.load.statuses))
          const others = total(all.map(one => one.loaded.statuses))
          return `${title} answered the logins with ${load}, and the other requests with ${others}.`
        })
      ]
    }
  }
}

/** How often each status occurred. */
function total(counts: Record<string, number>[]): string {
  const sum: Record<string, number> = {}
  for (const [status, count] of counts.flatMap(Object.entries)) sum[status] = (sum[status] ?? 0) + count
  const list = Object.entries(sum)
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${count} × ${status}`)
  return list.join(', ') || 'not at all'
}
