import { rawBcrypt } from '../entrants/peers.ts'
import { sallyport } from '../entrants/sallyport.ts'
import { assertStatuses } from '../load/generator.ts'
import { inRounds } from '../rounds.ts'
import { ratios } from '../stats.ts'
import { untilIdle } from '../usage.ts'
import { type Runner, startAll, withGenerator } from './field.ts'
import { atLeast, type Figure, line } from './figure.ts'

/** The password grant. Nearly all of its time is bcrypt, so the figure shows the other waits. */
export const token: Figure = {
  name: 'token',
  title: 'Password grants',
  comparesPeers: true,
  async measure({ rounds, seconds, isSmoke, peers, folder, progress }) {
    // A smoke run allows long waits, because it may share its machine and must not fail on a slow one.
    const [connections, env] = isSmoke ? [4, { HASH_MAX_WAIT: '60' }] : [16, {}]
    const runners = await startAll([sallyport, ...(isSmoke ? [] : peers)], { folder: folder(), env })
    const measured = await withGenerator({}, generator =>
      inRounds(['raw', ...Object.keys(runners)], rounds, async (name, round) => {
        const perSecond = name === 'raw' ? rawBcrypt(seconds * 2) : await grants(runners[name] as Runner)
        progress(`round ${round + 1}/${rounds}  ${name}  ${perSecond.toFixed(1)}/s`)
        return perSecond

        async function grants({ entrant, server: { url, pid } }: Runner) {
          const requests = [entrant.logIn]
          const job = { kind: 'rate', url, pid, connections, seconds: seconds * 2, requests } as const
          const result = await generator.run(job)
          assertStatuses(name, result.statuses)
          await untilIdle(pid)
          return result.perSecond
        }
      })
    )
    await Promise.all(Object.values(runners).map(({ server }) => server.stop()))

    const raw = measured.raw ?? []
    const all = Object.values(runners).map(({ entrant }) => entrant)
    return {
      lines: [
        ...all.map(({ name, title }) => {
          const goal = name === 'sallyport' ? atLeast(0.95, 0.98) : undefined
          return line(`${name}-to-raw`, `${title} ÷ raw bcrypt`, '×', ratios(measured[name] ?? [], raw), goal)
        }),
        line('raw', 'raw bcrypt', '1/s', raw),
        ...all.map(({ name, title }) => line(name, title, '1/s', measured[name] ?? []))
      ],
      notes: [`${connections} clients that log in continuously; cost 12.`]
    }
  }
}
