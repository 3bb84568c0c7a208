import fs from 'node:fs'
import { hostname } from 'node:os'
import { isMainThread } from 'node:worker_threads'

/** How much of the log may wait, in characters. */
export const mostWaiting = 4 << 20
/**
 * The least time between two writes. Under load there would be one for each line, which costs more than the line.
 */
const pauseMs = 5
/** After how long a full pipe is written again, and after how long a full disk and anything else. */
const [pipeRetryMs, retryMs] = [10, 1000]
/** How long the end of the process waits for a slow reader. */
const lastMs = 200
/** After how long a write counts as one that never ends. */
const stuckMs = 1000

/** A stream for the lines of a log. */
export interface LogStream {
  write(line: string): void
  /** Writes what waits, for the end of the process. Takes at most 0.2 seconds. */
  finish(): void
}

/** How a log stream writes. */
export interface Descriptor extends Pick<typeof fs, 'write' | 'writeSync'> {
  /** Makes a write to a full pipe fail at once. */
  unblock(): void
}

/**
 * Writes lines to the descriptor `to` without waiting for them. What cannot be written, on a full disk or to a pipe
 * that nobody reads, is tried again. Up to 4 MiB wait; further lines are lost, and one line says how many.
 */
export function createLogStream(to: number, { write, writeSync, unblock }: Descriptor): LogStream {
  let waiting = ''
  /** Is being written, or could not be written. */
  let chunk: Uint8Array = Buffer.alloc(0)
  let isBusy = false
  /** When the write in a thread began. */
  let begun: number | undefined
  let writtenAt = Number.NEGATIVE_INFINITY
  let lost = 0
  let failure: unknown

  /** The lines that wait, and the line that counts those that were lost after them. */
  function take() {
    const text = lost > 0 ? waiting + describeLoss(lost, failure) : waiting
    waiting = ''
    lost = 0
    return Buffer.from(text)
  }

  function writeSoon() {
    isBusy = true
    const waitMs = writtenAt + pauseMs - performance.now()
    if (waitMs <= 0) writeNext()
    else setTimeout(writeNext, waitMs).unref()
  }

  function writeNext() {
    if (chunk.length === 0) chunk = take()
    isBusy = chunk.length > 0
    if (!isBusy) return
    begun = performance.now()
    unblock()
    write(to, chunk, onWritten)
  }

  function onWritten(error: unknown, bytes: number) {
    begun = undefined
    if (error) {
      failure = codeOf(error)
      setTimeout(writeNext, isFullPipe(error) ? pipeRetryMs : retryMs).unref()
    } else {
      chunk = chunk.subarray(bytes)
      writtenAt = performance.now()
      if (chunk.length > 0 || lost > 0) writeNext()
      else if (waiting.length > 0) writeSoon()
      else isBusy = false
    }
  }

  return {
    write(line) {
      // Once a line is lost, so are the next ones until what waits has been written, so that one line tells of all.
      if (lost > 0 || chunk.length + waiting.length + line.length > mostWaiting) lost++
      else waiting += line
      if (!isBusy) writeSoon()
    },

    finish() {
      // A process that exits waits for its threads, so with this one it would never end.
      if (begun !== undefined && performance.now() - begun > stuckMs) {
        if (isMainThread) process.kill(process.pid, 'SIGKILL')
        return
      }
      const end = performance.now() + lastMs
      let rest = Buffer.concat([begun === undefined ? chunk : Buffer.alloc(0), take()])
      while (rest.length > 0) {
        try {
          unblock()
          rest = rest.subarray(writeSync(to, rest))
        } catch (error) {
          if (!isFullPipe(error) || performance.now() > end) return
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pipeRetryMs)
        }
      }
    }
  }
}

let standard: LogStream | undefined

/** The log on standard output, which all apps of the process share. */
export function standardLog(): LogStream {
  if (standard) return standard
  const { stdout } = process as { stdout: { fd?: number; _handle?: { setBlocking?(isBlocking: boolean): void } } }
  // Each time, because any process with the same pipe can make it block, and a worker that ends does.
  const unblock = () => void stdout._handle?.setBlocking?.(false)
  standard = createLogStream(stdout.fd ?? 1, { ...fs, unblock })
  process.on('exit', standard.finish)
  return standard
}

const codeOf = (error: unknown) => (error as { code?: unknown }).code
const isFullPipe = (error: unknown) => codeOf(error) === 'EAGAIN'

/** A warning in the form of the other lines. */
const describeLoss = (lost: number, code: unknown) =>
  `${JSON.stringify({
    level: 40,
    time: Date.now(),
    pid: process.pid,
    hostname: hostname(),
    lost,
    code,
    msg: 'lines of the log are lost here, because standard output could not be written'
  })}\n`
