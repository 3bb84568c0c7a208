import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { builtAlone, type Command } from '../../test/support/built.ts'
import { startProgram } from '../../test/support/faults.ts'
import { memoryFolder } from '../../test/support/memory-folder.ts'
import { createDisk } from './disk.ts'
import { type Files, readFolder, writeImage } from './image.ts'
import type { Promises } from './promises.ts'
import { createReplay } from './replay.ts'
import { assertTracing, readTraces, type Step, underStrace } from './strace.ts'
import { createTally } from './tally.ts'
import type { Random } from './torn.ts'

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
export function createMachine(t: Test, random: Random, check: Check) {
  assertTracing()
  const top = mkdtempSync(join(memoryFolder() ?? tmpdir(), 'sallyport-power-'))
  t.teardown(() => rmSync(top, { recursive: true, force: true }))
  const folder = join(top, 'disk')
  const image = join(top, 'image')
  mkdirSync(folder)
  const disk = createDisk(folder)
  const tally = createTally(folder)
  const faults: string[] = []
  let [cuts, images, started] = [0, 0, 0]
  let traces: string[] = []
  let place = ''

  async function examine(files: Files, kind: string) {
    writeImage(files, folder, image)
    images++
    const found = await check(image, tally.promises)
    if (found.length > 0) faults.push(`${kind} at ${place}: ${found.slice(0, 3).join('; ')}`)
  }

  async function cut(torn: number) {
    cuts++
    await examine(disk.durable(), 'what is durable')
    for (let n = 0; n < torn; n++) await examine(disk.torn(random), 'torn')
  }

  async function replay(steps: Step[], places: number, torn: number) {
    const { begin, end, isSync } = createReplay(disk, folder)
    const chosen = new Set(Array.from({ length: places }, () => random.below(steps.length)))
    let checked = tally.promises.count()
    for (const [index, { at, call, begins, ends }] of steps.entries()) {
      place = `${call.name}(${call.text.slice(0, 100)}`
      // The last moment before more is durable.
      if (ends && isSync(call) && tally.promises.count() > checked) {
        checked = tally.promises.count()
        await cut(torn)
      }
      if (begins) {
        begin(call)
        tally.begin(call, at)
      }
      if (ends) {
        end(call)
        tally.end(call)
      }
      if (chosen.has(index)) await cut(torn)
    }
    await cut(torn)
  }

  /** The files that are not as the replay has left them. */
  function differences() {
    const modelled = new Map(disk.cached())
    const real = readFolder(folder)
    return [...new Set([...modelled.keys(), ...real.keys()])].filter(
      path => !path.endsWith('-shm') && !modelled.get(path)?.equals(real.get(path) ?? Buffer.alloc(0))
    )
  }

  return {
    folder,
    counts: () => ({ ...tally.counts(), lost: faults.length, cuts, images }),
    faults: () => faults,

    /** Starts a program that is traced; `ended` resolves when it, its children and strace have ended. */
    start(env: Record<string, string>, args: string[], { program = builtAlone, inject }: How = {}) {
      const trace = join(top, `trace-${started++}`)
      traces.push(trace)
      const running = startProgram(t, env, args, underStrace(trace, program, inject))
      return { ...running, ended: once(running.child, 'close') }
    },

    /**
     * Cuts the power at many moments since the last call: after each acknowledged write, at `places` random ones, and
     * now. Each leaves one image of what was durable, and `torn` torn ones. All programs have to have ended.
     */
    async cutPower({ places, torn = 1 }: { places: number; torn?: number }) {
      tally.restart()
      await replay(readTraces(traces, folder), places, torn)
      t.same(differences(), [], 'the traces have every change')
      for (const trace of traces) rmSync(trace)
      traces = []
    }
  }
}
