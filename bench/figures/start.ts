import { cpSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { startBareFastify } from '../entrants/ceilings.ts'
import type { Place, Program } from '../entrants/entrant.ts'
import { runToEnd } from '../entrants/packages.ts'
import { runSallyport, sallyport } from '../entrants/sallyport.ts'
import { inRounds } from '../rounds.ts'
import { residentMegabytes } from '../usage.ts'
import { startAll } from './field.ts'
import { atMost, type Figure, line } from './figure.ts'
import { medianTable, type Quantity, ratioLines } from './start-lines.ts'

/** Longer than V8 waits before it releases memory. */
const idleMs = 75_000

const megabytesOf = (pid: number) => residentMegabytes(pid) ?? Number.NaN

/** Time from exec to the first response on an existing database, and the memory of a server without requests. */
export const start: Figure = {
  name: 'start',
  title: 'Start and memory',
  compares: ['peers', 'tokenServers'],
  async measure({ rounds, isSmoke, peers, tokenServers, against, folder, progress }) {
    const place = { folder: folder() }
    const entrants = [sallyport, ...(against ? [against] : []), ...peers]
    const runners = await startAll(entrants, place)
    const created = Object.values(runners).map(({ server }) => server)
    for (const { start } of tokenServers) created.push(await start(place))
    await Promise.all(created.map(({ stop }) => stop()))
    const bare = { name: 'bare', title: 'bare Fastify', start: (own: Place) => startBareFastify(own, {}) }
    const servers: Pick<Program, 'name' | 'title' | 'start'>[] = [bare, ...entrants, ...tokenServers]
    const starts = new Map(servers.map(({ name, start }) => [name, start]))
    const names = [...starts.keys()]

    const started = await inRounds(names, rounds, async (name, round) => {
      const own = { folder: folder() }
      cpSync(place.folder, own.folder, { recursive: true })
      const start = starts.get(name) as Program['start']
      const first = await start(own)
      await first.stop()
      const { pid, stop, ...second } = await start(own)
      const startSeconds = Math.min(first.startSeconds, second.startSeconds)
      await sleep(isSmoke ? 100 : 500)
      progress(`round ${round + 1}/${rounds}  ${name}  ${startSeconds.toFixed(2)} s`)
      return { pid, stop, startSeconds, megabytes: megabytesOf(pid) }
    })
    progress('idle')
    await sleep(isSmoke ? 100 : idleMs)
    const idle = of(({ pid }) => megabytesOf(pid))
    await Promise.all(Object.values(started).flatMap(all => all.map(({ stop }) => stop())))
    const commands = await inRounds(['node', 'users list'], rounds, async name =>
      name === 'node'
        ? runToEnd([process.execPath, '-e', '0'], place.folder)
        : runSallyport(['users', 'list'], place.folder)
    )

    function of(quantity: (result: (typeof started)[string][number]) => number) {
      return Object.fromEntries(names.map(name => [name, (started[name] ?? []).map(quantity)]))
    }
    const seconds: Quantity = {
      key: 'seconds',
      what: 'exec to the first response',
      unit: 's',
      values: of(({ startSeconds }) => startSeconds),
      goalOf: name => (name === 'bare' ? atMost(1.8, 1.5) : name === 'against' ? undefined : atMost(1, 0.8))
    }
    const memory: Quantity = {
      key: 'memory',
      what: 'memory, idle',
      unit: 'MB',
      values: idle,
      goalOf: name => (name === 'bare' ? atMost(1.25, 1.15) : undefined)
    }
    const memoryStarted: Quantity = {
      key: 'memory-started',
      what: 'memory, just started',
      unit: 'MB',
      values: of(({ megabytes }) => megabytes)
    }
    return {
      lines: [
        ...ratioLines(servers, seconds),
        line('command', 'exec to exit: `sallyport users list`', 's', commands['users list'] ?? [], atMost(0.35, 0.25)),
        line('command-node', 'exec to exit: `node -e 0`', 's', commands.node ?? []),
        ...ratioLines(servers, memory)
      ],
      tables: [{ title: 'Medians', rows: medianTable(servers, [seconds, memory, memoryStarted]) }],
      notes: [
        'Built code, files in the cache of the system, the database of an earlier start; polled every 5 ms; the ' +
          'faster of two starts, because the host slows some of them. Sallyport is ready ' +
          'when `/readyz` succeeds, the others when they respond.',
        'Memory is resident, of all processes of a server. "Just started" is half a second after the first response. "Idle" is at ' +
          `least ${idleMs / 1000} seconds after it, with the servers of all rounds side by side: V8 takes up to a minute to ` +
          'release the memory that only startup needed.'
      ]
    }
  }
}
