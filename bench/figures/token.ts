import { rawBcrypt } from '../entrants/peers.ts'
import { sallyport } from '../entrants/sallyport.ts'
import { assertStatuses } from '../load/generator.ts'
import { inRounds } from '../rounds.ts'
import { ratios } from '../stats.ts'
import { untilIdle } from '../usage.ts'
import { type Runner, startAll, withGenerator } from './field.ts'
import { atLeast, type Figure, line } from './figure.ts'

const connections = 16

/** The password grant. Nearly all of its time is bcrypt, so the figure shows the other waits. */
export const token: Figure = {
  name: 'token',
  title: 'Password grants',
  compares: ['peers'],
  async measure({ rounds, seconds, isSmoke, peers, against, folder, progress }) {
    const entrants = [sallyport, ...(against ? [against] : []), ...(isSmoke ? [] : peers)]
    const runners = await startAll(entrants, { folder: folder() })
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
    return {
      lines: [
        ...entrants.map(({ name, title }) => {
          const goal = name === 'sallyport' ? atLeast(0.95, 0.98) : undefined
          return line(`${name}-to-raw`, `${title} ÷ raw bcrypt`, '×', ratios(measured[name] ?? [], raw), goal)
        }),
        ...(against
          ? [
              line(
                'to-against',
                `Sallyport ÷ ${against.title}`,
                '×',
                ratios(measured.sallyport ?? [], measured.against ?? [])
              )
            ]
          : []),
        line('raw', 'raw bcrypt', '1/s', raw),
        ...entrants.map(({ name, title }) => line(name, title, '1/s', measured[name] ?? []))
      ],
      notes: [`${connections} clients that log in continuously; cost 12.`]
    }
  }
}
