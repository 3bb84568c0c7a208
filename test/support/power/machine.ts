import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { builtAlone, type Command } from '../built.ts'
import { type createRandom, startProgram } from '../faults.ts'
import { memoryFolder } from '../memory-folder.ts'
import { pathOf } from './arguments.ts'
import { createDisk, type Disk } from './disk.ts'
import { createExchanges } from './exchanges.ts'
import { readFolder, writeImage } from './image.ts'
import { createPromises, type Promises } from './promises.ts'
import { createReplay } from './replay.ts'
import { assertTracing, type Call, readTraces, type Step, underStrace } from './strace.ts'

/** How a program is started: the calls that strace makes fail, and the program instead of the build. */
export interface How {
  inject?: string
  program?: Command
}

/** Returns what is wrong with the files in the folder `image`, which a power cut has left. */
export type Check = (image: string, promises: Promises) => Promise<string[]>

/**
 * A machine with a disk, in `folder`, whose power can be cut at any moment of what programs have done. `check` examines
 * what is left.
 */
export function createMachine(t: Test, random: ReturnType<typeof createRandom>, check: Check) {
  assertTracing()
  const top = mkdtempSync(join(memoryFolder() ?? tmpdir(), 'sallyport-power-'))
  t.teardown(() => rmSync(top, { recursive: true, force: true }))
  const folder = join(top, 'disk')
  const image = join(top, 'image')
  mkdirSync(folder)
  const promises = createPromises()
  const counts = { refused: 0, cuts: 0, images: 0, checkpoints: 0, failedSyncs: 0 }
  const faults: string[] = []
  let disk: Disk | undefined
  let traces: string[] = []
  let made = 0
  let [lastAt, longestMs] = [0, 0]
  let at = 0

  const exchanges = createExchanges({
    asked: promises.asked,
    printed: promises.printed,
    answered(request, response) {
      const before = promises.count()
      promises.answered(request, response)
      if (response.status === 503) counts.refused++
      if (promises.count() === before) return
      if (lastAt > 0) longestMs = Math.max(longestMs, (at - lastAt) * 1000)
      lastAt = at
    }
  })

  async function examine(files: Parameters<typeof writeImage>[0], kind: string) {
    writeImage(files, folder, image)
    counts.images++
    const found = await check(image, promises)
    if (found.length > 0) faults.push(`cut ${counts.cuts}, ${kind}: ${found.slice(0, 3).join('; ')}`)
  }

  async function cut(disk: Disk, torn: number) {
    counts.cuts++
    await examine(disk.durable(), 'what is durable')
    for (let n = 0; n < torn; n++) await examine(disk.torn(random), 'torn')
  }

  async function replay(disk: Disk, steps: Step[], places: number, torn: number) {
    const { begin, end, isSync } = createReplay(disk, folder)
    const chosen = new Set(Array.from({ length: places }, () => random.below(steps.length)))
    let checked = promises.count()
    for (const [index, { at: time, call, begins, ends }] of steps.entries()) {
      at = time
      // The last moment before more is durable.
      if (promises.count() > checked && ends && isSync(call)) {
        checked = promises.count()
        await cut(disk, torn)
      }
      if (begins) {
        begin(call)
        exchanges.begin(call)
      }
      if (ends) {
        count(call)
        end(call)
        exchanges.end(call)
      }
      if (chosen.has(index)) await cut(disk, torn)
    }
    await cut(disk, torn)
  }

  function count({ name, text, result }: Call) {
    if (!/^f(data)?sync$/.test(name) || !pathOf(text)?.startsWith(folder)) return
    if (result === -1) counts.failedSyncs++
    else if (pathOf(text)?.endsWith('.db')) counts.checkpoints++
  }

  return {
    folder,
    counts: () => ({ ...counts, acknowledged: promises.count(), lost: faults.length, longestMs }),
    faults: () => faults,

    /** Starts a program that is traced; `ended` resolves when it, its children and strace have ended. */
    start(env: Record<string, string>, args: string[], how: How = {}) {
      const trace = join(top, `trace-${made++}`)
      traces.push(trace)
      disk ??= createDisk(folder, readFolder(folder))
      const program = startProgram(t, env, args, underStrace(trace, how.program ?? builtAlone, how.inject))
      return { ...program, ended: once(program.child, 'close') }
    },

    /**
     * Cuts the power at many moments since the last call: after each acknowledged write, and at `places` random ones.
     * Each leaves one image of what was durable, and as many torn ones as `torn` says. All programs have to have ended.
     */
    async cutPower({ places, torn = 1 }: { places: number; torn?: number }) {
      if (!disk) throw new Error('Nothing was started')
      lastAt = 0
      await replay(disk, readTraces(traces, folder), places, torn)
      const real = readFolder(folder)
      const modelled = new Map(disk.cached())
      const isDifferent = (path: string) =>
        !path.endsWith('-shm') && !modelled.get(path)?.equals(real.get(path) ?? Buffer.alloc(0))
      const files = [...real.keys()].filter(path => real.get(path))
      t.same([...new Set([...files, ...modelled.keys()])].filter(isDifferent), [], 'the trace has every change')
      for (const trace of traces) rmSync(trace)
      traces = []
    }
  }
}
