import { cpSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { startBareFastify } from '../entrants/ceilings.ts'
import type { Place, Program } from '../entrants/entrant.ts'
import { runToEnd } from '../entrants/packages.ts'
import { runSallyport, sallyport } from '../entrants/sallyport.ts'
import { inRounds } from '../rounds.ts'
import { ratios } from '../stats.ts'
import { residentMegabytes } from '../usage.ts'
import { startAll, stopEach } from './field.ts'
import { atMost, type Figure, type Goal, type Line, line } from './figure.ts'

/** Longer than V8 waits before it releases memory. */
const idleMs = 75_000

/** Time from exec to the first response on an existing database, and the memory of a server without requests. */
export const start: Figure = {
  name: 'start',
  title: 'Start and memory',
  async measure({ rounds, isSmoke, peers, tokenServers, against, folder, progress }) {
    const place = { folder: folder() }
    const created = (await startAll([sallyport, ...against, ...peers], place)).map(({ server }) => server)
    for (const { start } of tokenServers) created.push(await start(place))
    await stopEach(created)
    const bare = { name: 'bare', title: 'bare Fastify', start: (own: Place) => startBareFastify(own, {}) }
    const programs: Program[] = [bare, sallyport, ...against, ...peers, ...tokenServers]
    const byName = new Map(programs.map(program => [program.name, program]))

    const started = await inRounds([...byName.keys()], rounds, async (name, round) => {
      const own = { folder: folder() }
      cpSync(place.folder, own.folder, { recursive: true })
      const { start } = byName.get(name) as Program
      const first = await start(own)
      await first.stop()
      const { pid, stop, startSeconds } = await start(own)
      const seconds = Math.min(first.startSeconds, startSeconds)
      progress(`round ${round + 1}/${rounds}  ${name}  ${seconds.toFixed(2)} s`)
      return { pid, stop, seconds }
    })
    progress('idle')
    await sleep(isSmoke ? 100 : idleMs)
    const all = Object.entries(started)
    const seconds = Object.fromEntries(all.map(([name, each]) => [name, each.map(one => one.seconds)]))
    const megabytes = Object.fromEntries(
      all.map(([name, each]) => [name, each.map(({ pid }) => residentMegabytes(pid) ?? Number.NaN)])
    )
    await stopEach(Object.values(started).flat())
    const commands = await inRounds(['node', 'users list'], rounds, async name =>
      name === 'node'
        ? runToEnd([process.execPath, '-e', '0'], place.folder)
        : runSallyport(['users', 'list'], place.folder)
    )

    const isOwn = (name: string) => name === sallyport.name || against.some(each => each.name === name)
    /** Sallyport divided by each other server, and the values of all. */
    function compared(key: string, what: string, unit: string, values: Record<string, number[]>, goals: Goals): Line[] {
      // The system does not report it.
      if (!Object.values(values).flat().every(Number.isFinite)) return []
      const of = (name: string) => values[name] ?? []
      const others = programs.filter(({ name }) => name !== sallyport.name && (isOwn(name) || name in goals))
      return [
        ...others.map(({ name, title }) => {
          const ratio = ratios(of(sallyport.name), of(name))
          return line(`${key}-to-${name}`, `${what}: Sallyport ÷ ${title}`, '×', ratio, goals[name])
        }),
        ...programs.map(({ name, title }) => line(`${key}-${name}`, `${what}: ${title}`, unit, of(name)))
      ]
    }
    const peerGoals = [...peers, ...tokenServers].map(({ name }) => [name, atMost(1, 0.8)] as const)
    const startGoals = { bare: atMost(1.8, 1.5), ...Object.fromEntries(peerGoals) }
    return {
      lines: [
        ...compared('seconds', 'exec to the first response', 's', seconds, startGoals),
        line('command', 'exec to exit: `sallyport users list`', 's', commands['users list'] ?? [], atMost(0.35, 0.25)),
        line('command-node', 'exec to exit: `node -e 0`', 's', commands.node ?? []),
        ...compared('memory', 'memory, idle', 'MB', megabytes, { bare: atMost(1.25, 1.15) })
      ],
      notes: [
        'The database is that of an earlier start. Of two starts, the faster counts, because the host slows some of them.',
        `Memory is resident, of all processes of a server, ${idleMs / 1000} seconds after its start: V8 takes up to a minute to ` +
          'release what only startup needed.'
      ]
    }
  }
}

/** By the name of the other server. */
type Goals = Record<string, Goal>
