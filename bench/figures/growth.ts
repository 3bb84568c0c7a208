import { join } from 'node:path'
import { account } from '../entrants/entrant.ts'
import { sallyport } from '../entrants/sallyport.ts'
import { fill } from '../fill.ts'
import { assertStatuses } from '../load/generator.ts'
import type { LatencyResult } from '../load/jobs.ts'
import { ask, postForm } from '../request.ts'
import { inRounds } from '../rounds.ts'
import { ratios } from '../stats.ts'
import { type Runner, startAll, withGenerator } from './field.ts'
import { atMost, type Figure, line } from './figure.ts'

/** How much longer a response takes with a thousand times as many users. */
export const growth: Figure = {
  name: 'growth',
  title: 'Many users',
  async measure({ rounds, seconds, isSmoke, folder, progress }) {
    const sizes = isSmoke ? { few: 100, many: 2000 } : { few: 1000, many: 1_000_000 }
    const accounts = isSmoke ? 3 : 32
    const logIn = (name: string) =>
      postForm('/token', { grant_type: 'password', username: name, password: account.password })

    async function startWith(users: number) {
      const place = { folder: folder() }
      const first = (await startAll([sallyport], place)).sallyport as Runner
      await first.server.stop()
      fill(join(place.folder, 'sallyport', 'bench.db'), users)
      progress(`created ${users.toLocaleString('en')} users`)
      // The tokens are issued once and must last for all rounds.
      const server = await sallyport.start({ ...place, env: { ACCESS_TOKEN_TTL: '86400' } })
      // Spread over the table, because repeatedly requested accounts may be cached while others are not.
      const names = Array.from({ length: accounts }, (_, i) => `user${1 + Math.floor((i * (users - 1)) / accounts)}`)
      const me = []
      for (const name of names) me.push(sallyport.me(sallyport.tokenOf(await ask(server.url, logIn(name)))))
      return { server, me, logIns: names.map(logIn) }
    }

    const worlds = { few: await startWith(sizes.few), many: await startWith(sizes.many) }
    const measured = await withGenerator({}, generator =>
      inRounds(['few', 'many'], rounds, async (name, round) => {
        const { server, me, logIns } = worlds[name as 'few' | 'many']
        const measure = async (requests: typeof me, length: number): Promise<LatencyResult> => {
          const result = await generator.run({ kind: 'sequence', url: server.url, requests, seconds: length })
          assertStatuses(`${name} users`, result.statuses)
          return result
        }
        const [meLatency, tokenLatency] = [await measure(me, seconds), await measure(logIns, seconds)]
        progress(
          `round ${round + 1}/${rounds}  ${sizes[name as 'few' | 'many']} users  ${meLatency.median.toFixed(3)} ms`
        )
        return { me: meLatency.median, token: tokenLatency.median }
      })
    )
    await Promise.all([worlds.few, worlds.many].map(({ server }) => server.stop()))

    const medians = (name: string, what: 'me' | 'token') => (measured[name] ?? []).map(one => one[what])
    const [few, many] = [sizes.few.toLocaleString('en'), sizes.many.toLocaleString('en')]
    return {
      lines: (
        [
          ['me', '/users/me'],
          ['token', '/token']
        ] as const
      ).flatMap(([what, path]) => [
        line(
          what,
          `${path}: ${many} users ÷ ${few}`,
          '×',
          ratios(medians('many', what), medians('few', what)),
          atMost(1.15, 1.05)
        ),
        line(`${what}-many`, `${path}: median latency with ${many} users`, 'ms', medians('many', what)),
        line(`${what}-few`, `${path}: median latency with ${few} users`, 'ms', medians('few', what))
      ]),
      notes: [`Sequential requests of ${accounts} accounts in turn; every user has a login.`]
    }
  }
}
