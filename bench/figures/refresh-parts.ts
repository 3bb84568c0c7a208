import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { apart } from '../cores.ts'
import { asTokenServer, sallyport } from '../entrants/sallyport.ts'
import { settings } from '../entrants/token-server.ts'
import { assertStatuses, type Generator } from '../load/generator.ts'
import { preload } from '../preload.ts'
import { type Profile, shares, sourceNames } from '../profile.ts'
import { mainThreadSeconds } from '../usage.ts'
import { withGenerator } from './field.ts'
import { type Figure, line } from './figure.ts'
import { type PartKey, parts } from './refresh-part-names.ts'
import type { Runner } from './token-field.ts'

const connections = 32
/** How many times as long as it is measured the server runs before, to compile its code. */
const warmUpLength = 2
const pollMs = 10

/** The microseconds of a refresh by part. */
type Round = Record<PartKey, number>

/** Where the main thread spends the time of a refresh on SQLite. */
export const refreshParts: Figure = {
  name: 'refresh-parts',
  title: 'Where a refresh spends its time',
  async measure({ rounds, seconds, folder, progress }) {
    if (mainThreadSeconds(process.pid) === undefined)
      return { lines: [], notes: [], skipped: 'the system does not report what a thread uses' }
    const place = { folder: folder(), cores: apart(1).server }
    const file = join(place.folder, 'profile.json')
    const entrant = asTokenServer(sallyport)
    const server = await entrant.start({ ...place, env: { ...settings, ...preload('profile'), PROFILE: file } })
    const runner = { entrant, server, oauth: await entrant.setUp(server) }
    const measured: Round[] = []
    await withGenerator({ cores: apart(1).load }, async load => {
      while (measured.length < rounds) {
        const round = await profiled(runner, load, { file, seconds })
        measured.push(round)
        progress(`round ${measured.length}/${rounds}  ${busyOf(round).toFixed(1)} µs`)
      }
    })
    await server.stop()
    return {
      lines: [
        ...parts.map(({ key, what }) => {
          const values = measured.map(round => round[key])
          return line(key, what, 'µs', values)
        }),
        line('busy', 'all but the waiting', 'µs', measured.map(busyOf))
      ],
      notes: [
        `${connections} connections. The time of the main thread for each refresh, divided among its functions by a profile, ` +
          'which itself takes part of it. The sync runs in another thread.'
      ]
    }
  }
}

const busyOf = ({ idle, ...round }: Round) => Object.values(round).reduce((sum, each) => sum + each, 0)

/** Profiles the server from the end of the warm-up until the load has ended. */
async function profiled(
  { server: { url, pid }, oauth }: Runner,
  load: Generator,
  { file, seconds }: { file: string; seconds: number }
): Promise<Round> {
  rmSync(file, { force: true })
  const warmUp = seconds * warmUpLength
  const job = { kind: 'rate', url, pid, connections, seconds, warmUp, ownsCore: apart(1).load !== undefined } as const
  const refreshTokens = await oauth.logIns(connections)
  const running = load.run({ ...job, requests: [oauth.refresh('')], refreshTokens })
  await sleep(warmUp * 1000)
  const [begin, before] = [performance.now(), mainThreadSeconds(pid)]
  process.kill(pid, 'SIGUSR2')
  await sleep(seconds * 1000)
  process.kill(pid, 'SIGUSR2')
  const [end, after] = [performance.now(), mainThreadSeconds(pid)]
  const { statuses, perSecond } = await running
  assertStatuses('refresh', statuses)
  while (!existsSync(file)) await sleep(pollMs)
  const profile: Profile = JSON.parse(readFileSync(file, 'utf8'))

  const share = shares(profile, sourceNames(), parts)
  const busy = (Number(after) - Number(before)) / ((end - begin) / 1000)
  // A thread that waits for a core counts as busy in the profile, so only the shares are taken from it.
  const ofAll = (key: PartKey) => (key === 'idle' ? 1 - busy : (busy * share(key)) / (1 - share('idle') || 1))
  return Object.fromEntries(parts.map(({ key }) => [key, (ofAll(key) * 1e6) / perSecond])) as Round
}
