import { setTimeout as sleep } from 'node:timers/promises'
import { startBareFastify } from '../entrants/ceilings.ts'
import { sallyport } from '../entrants/sallyport.ts'
import { inRounds } from '../rounds.ts'
import { residentMegabytes } from '../usage.ts'
import { type Runner, startAll } from './field.ts'
import { atMost, type Figure, line } from './figure.ts'

/** Longer than V8 waits before it releases memory. */
const idleMs = 20_000

/** Time from exec to the first 200 of `/readyz` on an existing database, and the memory of an idle server. */
export const start: Figure = {
  name: 'start',
  title: 'Start and memory',
  async measure({ rounds, isSmoke, folder, progress }) {
    const place = { folder: folder() }
    await ((await startAll([sallyport], place)).sallyport as Runner).server.stop()

    const measured = await inRounds(['bare', 'sallyport'], rounds, async (name, round) => {
      const server = name === 'bare' ? await startBareFastify(place, {}) : await sallyport.start(place)
      await sleep(isSmoke ? 100 : 1000)
      const megabytes = residentMegabytes(server.pid)
      await sleep(isSmoke ? 100 : idleMs)
      const idleMegabytes = residentMegabytes(server.pid)
      await server.stop()
      progress(`round ${round + 1}/${rounds}  ${name}  ${server.startSeconds.toFixed(2)} s`)
      return { seconds: server.startSeconds, megabytes, idleMegabytes }
    })

    const { sallyport: own = [], bare = [] } = measured
    const seconds = (results: typeof own) => results.map(result => result.seconds)
    const memory = (results: typeof own) => results.flatMap(({ megabytes }) => megabytes ?? [])
    const idleMemory = (results: typeof own) => results.flatMap(({ idleMegabytes }) => idleMegabytes ?? [])
    return {
      lines: [
        line('seconds', 'Sallyport: exec to /readyz', 's', seconds(own), atMost(1, 0.5)),
        line('seconds-bare', 'bare Fastify: exec to its first answer', 's', seconds(bare)),
        ...(memory(own).length > 0
          ? [
              line('memory', 'Sallyport: resident memory, idle', 'MB', idleMemory(own), atMost(110, 80)),
              line('memory-bare', 'bare Fastify: resident memory, idle', 'MB', idleMemory(bare)),
              line('memory-started', 'Sallyport: resident memory, just started', 'MB', memory(own)),
              line('memory-started-bare', 'bare Fastify: resident memory, just started', 'MB', memory(bare))
            ]
          : [])
      ],
      notes: [
        'Built code, files in the cache of the system; polled every 5 ms.',
        '"Just started" is 1 second after the first response, "idle" 21 seconds: V8 releases the memory that only the start ' +
          'needed after 8 to 16 seconds.'
      ]
    }
  }
}
