import { type Test, test } from 'tap'
import { createLogStream } from '../../src/logging/log-stream.ts'
import { movableTime } from '../support/clocks.ts'

const errorOf = (code: string) => Object.assign(new Error(code), { code })

/** A log whose descriptor the test answers for, and what it has written. */
function createFake(t: Test, writeSync: (bytes: Uint8Array) => number = bytes => bytes.length) {
  const written: string[] = []
  let current: { bytes: Uint8Array; done(error: Error | null, count: number): void } | undefined
  const put = (bytes: Uint8Array, count: number) => {
    written.push(String(Buffer.from(bytes.subarray(0, count))))
    return count
  }
  let timers: [run: () => void, ms: number][] = []
  t.capture(globalThis, 'setTimeout', ((...timer: (typeof timers)[number]) => {
    timers.push(timer)
    return { unref() {} }
  }) as never)
  /** Lets the pauses between two writes pass. */
  function pass() {
    const due = timers.filter(([, ms]) => ms <= 5)
    timers = timers.filter(([, ms]) => ms > 5)
    for (const [run] of due) run()
  }
  const log = createLogStream(7, {
    write: (_to: number, bytes: Uint8Array, done: () => void) => {
      current = { bytes, done }
    },
    writeSync: (_to: number, bytes: Uint8Array) => put(bytes, writeSync(bytes)),
    unblock() {}
  } as never)
  return {
    log,
    written,
    /** Completes the write that runs, with all of its bytes or `count`. */
    succeed(count?: number) {
      pass()
      if (current) current.done(null, put(current.bytes, count ?? current.bytes.length))
    },
    /** Fails it; returns after how many milliseconds it is tried again, and does so. */
    fail(code: string): number {
      current?.done(errorOf(code), 0)
      const [again, ms] = timers.pop() as (typeof timers)[number]
      again()
      return ms
    }
  }
}

test('Lines that come during a write are written together after it, and a short write is continued', t => {
  const { log, written, succeed } = createFake(t)
  for (const line of ['one\n', 'two\n', 'three\n']) log.write(line)
  succeed(1)
  succeed()
  succeed()
  t.strictSame(written, ['o', 'ne\n', 'two\nthree\n'])
  log.write('four\n')
  succeed()
  t.equal(written.at(-1), 'four\n')
  t.end()
})

test('Lines that come within five milliseconds of a write wait, and are written together', t => {
  const { log, written, succeed } = createFake(t)
  log.write('one\n')
  succeed()
  t.strictSame(written, ['one\n'])
  for (const line of ['two\n', 'three\n']) log.write(line)
  t.equal(written.length, 1)
  succeed()
  t.strictSame(written, ['one\n', 'two\nthree\n'])
  t.end()
})

test('Lines wait while they cannot be written: a second on a full disk, a moment for a pipe', t => {
  const { log, written, succeed, fail } = createFake(t)
  log.write('one\n')
  succeed(2)
  t.equal(fail('ENOSPC'), 1000)
  log.write('two\n')
  t.equal(fail('EAGAIN'), 10)
  succeed()
  succeed()
  t.equal(written.join(''), 'one\ntwo\n')
  t.end()
})

test('Lines for which there is no room are lost, and one line says how many once there is', t => {
  const { log, written, succeed, fail } = createFake(t)
  const long = `${'x'.repeat(1 << 20)}\n`
  log.write('first\n')
  for (let i = 0; i < 5; i++) log.write(long)
  log.write('short\n')
  fail('ENOSPC')
  succeed()
  log.write('later\n')
  succeed()
  succeed()
  const [, longs = '', later] = written
  const [lines, notice = ''] = longs.split(/(?=\{)/)
  t.equal(lines, long.repeat(3))
  t.match(JSON.parse(notice), { level: 40, time: Number, pid: process.pid, hostname: String, lost: 3, code: 'ENOSPC' })
  t.equal(later, 'later\n')
  t.equal(written.length, 3)
  t.end()
})

test('The end of the process writes what waits', t => {
  const { log, written } = createFake(t, bytes => Math.min(bytes.length, 5))
  log.write('running\n')
  log.write('waiting\n')
  log.finish()
  t.equal(written.join(''), 'waiting\n', 'not what a thread is writing')
  t.end()
})

test('It waits 0.2 seconds for a full pipe, and not for a full disk', t => {
  const move = movableTime(t)
  for (const [code, most] of [
    ['EAGAIN', 3],
    ['ENOSPC', 1],
    ['EPIPE', 1]
  ] as const) {
    let tries = 0
    const { log } = createFake(t, () => {
      tries++
      move(101)
      throw errorOf(code)
    })
    for (const line of ['running\n', 'waiting\n']) log.write(line)
    log.finish()
    t.ok(tries >= 1 && tries <= most, code)
  }
  t.end()
})

test('It kills the process if a write has not returned for a second, for which Node.js would wait', t => {
  const move = movableTime(t)
  const kills = t.capture(process, 'kill', (() => true) as never)
  const { log, written, succeed } = createFake(t)
  log.write('one\n')
  log.finish()
  t.strictSame(kills(), [])
  move(1001)
  log.finish()
  t.match(kills(), [{ args: [process.pid, 'SIGKILL'] }])
  succeed()
  move(1001)
  log.finish()
  t.strictSame(kills(), [])
  t.strictSame(written, ['one\n'])
  t.end()
})
