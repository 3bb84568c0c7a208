import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { createCommits, type Log } from '../../../src/store/engine/group-commit.ts'
import { movableTime } from '../../support/clocks.ts'

const busy = Object.assign(new Error('busy'), { code: 'SQLITE_BUSY' })
const isBusy = (error: unknown) => (error as { code?: string }).code === 'SQLITE_BUSY'

const goodDisk: Log = {
  failure: () => undefined,
  refusal: () => undefined,
  ready: async () => {},
  sync: async () => {},
  copyIfLong: async () => {}
}

/** Commits that record which writes ran in which transaction. `together` runs several, and `alone` runs one. */
function createLog(
  deps: { together?: (works: string[]) => unknown[]; alone?: (work: string) => unknown; disk?: Partial<Log> } = {}
) {
  const log: string[] = []
  const { together = works => works.map(work => [work]), alone = work => [work], disk = {} } = deps
  const commits = createCommits<string>({
    isBusy,
    log: { ...goodDisk, ...disk },
    together(works) {
      log.push(works.join('+'))
      const [first = '', ...others] = works
      return others.length > 0 ? together(works) : [alone(first)]
    }
  })
  return { ...commits, log }
}

t.test('Writes of one turn share one commit, in order; later writes have another', async t => {
  const { write, log } = createLog()
  t.strictSame(await Promise.all(['a', 'b', 'c'].map(write)), [['a'], ['b'], ['c']])
  t.strictSame(await write('d'), ['d'])
  t.strictSame(log, ['a+b+c', 'd'])
})

t.test('No write is answered before its commit', async t => {
  let isCommitted = false
  const { write } = createLog({
    together(works) {
      isCommitted = true
      return works.map(() => [])
    }
  })
  const answers = ['a', 'b'].map(work => write(work).then(() => t.ok(isCommitted, work)))
  await Promise.resolve()
  t.notOk(isCommitted)
  await Promise.all(answers)
})

t.test('When a shared commit fails, it is rolled back, and each write is retried on its own', async t => {
  const { write, log } = createLog({
    together() {
      throw new Error('b is wrong')
    },
    alone(work) {
      if (work === 'b') throw new Error('b is still wrong')
      return [work]
    }
  })
  const [a, b, c] = await Promise.allSettled(['a', 'b', 'c'].map(write))
  t.match(a, { status: 'fulfilled', value: ['a'] })
  t.match(b, { status: 'rejected', reason: { message: 'b is still wrong' } })
  t.match(c, { status: 'fulfilled', value: ['c'] })
  t.strictSame(log, ['a+b+c', 'a', 'b', 'c'])
})

t.test('Writes that arrive while a commit waits for another process share the next one', async t => {
  let refusals = 2
  const { write, log } = createLog({
    together(works) {
      if (refusals-- > 0) throw busy
      return works.map(work => [work])
    }
  })
  const first = ['a', 'b'].map(write)
  while (log.length === 0) await setImmediate()
  const later = ['c', 'd'].map(write)
  t.strictSame(await Promise.all([...first, ...later]), [['a'], ['b'], ['c'], ['d']])
  t.strictSame(log, ['a+b', 'a+b', 'a+b', 'c+d'])
})

t.test('A commit waits for more writes while each turn brings some, up to a limit (bounded)', async t => {
  async function writeInTurns(write: (work: string) => Promise<unknown>, each: number) {
    const written: Promise<unknown>[] = []
    for (const turn of ['a', 'b', 'c']) {
      for (let n = 0; n < each; n++) written.push(write(turn))
      await setImmediate()
    }
    await Promise.all(written)
  }
  const few = createLog()
  await writeInTurns(few.write, 2)
  t.strictSame(few.log, ['a+a+b+b+c+c'])
  const many = createLog()
  await writeInTurns(many.write, 40)
  t.ok(many.log.length > 1, `${many.log.length} commits`)
})

t.test('While another process writes, writes wait in order and the event loop does not', async t => {
  let refusals = 3
  const { write, log, drained } = createLog({
    alone(work) {
      if (refusals-- > 0) throw busy
      return [work]
    }
  })
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  const first = write('a')
  while (log.length === 0) await setImmediate()
  const others = ['b', 'c'].map(write)
  t.strictSame(await first, ['a'])
  t.strictSame(await Promise.all(others), [['b'], ['c']])
  clearInterval(timer)
  t.ok(turns > 0)
  t.strictSame(log, ['a', 'a', 'a', 'a', 'b+c'])
  await drained()
})

t.test('Each write waits five seconds for another process, from when it arrived', async t => {
  const forward = movableTime(t)
  let isHeld = true
  const { write } = createLog({
    alone(work) {
      if (isHeld) throw busy
      return [work]
    }
  })
  const first = write('a')
  const lost = t.rejects(first, busy)
  await new Promise(resolve => setTimeout(resolve, 20))
  forward(4900)
  const second = write('b')
  forward(200)
  await lost
  isHeld = false
  t.strictSame(await second, ['b'], 'a later write has its own time')
})

t.test('At most a thousand writes wait, and the next one fails at once', async t => {
  let isHeld = true
  const { write } = createLog({
    together(works) {
      if (isHeld) throw busy
      return works.map(work => [work])
    },
    alone: work => [work]
  })
  const first = [write('a'), write('b')]
  await new Promise(resolve => setTimeout(resolve, 20))
  const waiting = Array.from({ length: 1000 }, (_, n) => write(`${n}`))
  await t.rejects(write('one more'), {
    name: 'StoreError',
    code: 'unavailable',
    message: 'Too many writes are waiting'
  })
  isHeld = false
  t.equal((await Promise.all([...first, ...waiting])).length, 1002)
  t.strictSame(await write('later'), ['later'])
})

t.test('A write resolves once its commit is on disk, and until then others gather for the next commit', async t => {
  const syncs: (() => void)[] = []
  const { write, log } = createLog({ disk: { sync: () => new Promise(resolve => void syncs.push(resolve)) } })
  const answered: string[] = []
  const begin = (work: string) => write(work).then(() => answered.push(work))
  const untilSyncs = async (count: number) => {
    while (syncs.length < count) await setImmediate()
  }
  const first = begin('a')
  await untilSyncs(1)
  const others = [begin('b'), begin('c')]
  for (let turn = 0; turn < 5; turn++) await setImmediate()
  t.strictSame([log, answered], [['a'], []])
  syncs[0]?.()
  await first
  await untilSyncs(2)
  t.strictSame([log, answered], [['a', 'b+c'], ['a']])
  syncs[1]?.()
  await Promise.all(others)
  t.strictSame(answered, ['a', 'b', 'c'])
})

t.test('While the disk refuses a sync, its writes wait for the disk, and all others are refused', async t => {
  const failure = Object.assign(new Error('no disk'), { code: 'SQLITE_IOERR' })
  let refusal: Error | undefined
  let recover = () => {}
  const { write, log, drained } = createLog({
    disk: {
      refusal: () => refusal,
      async sync(onFailure) {
        if (log.length > 1) return
        while (log.length < 1 || !isWaiting) await setImmediate()
        refusal = failure
        onFailure(failure)
        await new Promise<void>(resolve => {
          recover = resolve
        })
        refusal = undefined
      }
    }
  })
  let isWaiting = false
  const committed = ['a', 'b'].map(write)
  while (log.length === 0) await setImmediate()
  const waited = write('c')
  isWaiting = true
  await t.rejects(waited, failure, 'before its commit')
  await t.rejects(write('d'), failure, 'at once')
  recover()
  t.strictSame(await Promise.all(committed), [['a'], ['b']])
  await drained()
  t.strictSame(await write('e'), ['e'])
  t.strictSame(log, ['a+b', 'e'])
  await drained()
})

t.test('When the database closes while the disk refuses a sync, its writes fail', async t => {
  const failure = new Error('no disk')
  const { write } = createLog({ disk: { sync: () => Promise.reject(failure) } })
  const results = await Promise.allSettled(['a', 'b'].map(write))
  t.match(results, Array(2).fill({ status: 'rejected', reason: failure }))
})

t.test('No write is committed while the log is not proven, and the disk is asked once for all of them', async t => {
  const failure = new Error('no disk')
  let asked = 0
  let isBack = false
  const { write, log } = createLog({
    disk: {
      failure: () => failure,
      async ready() {
        asked++
        if (!isBack) throw failure
      }
    }
  })
  const results = await Promise.allSettled(['a', 'b', 'c'].map(write))
  t.match(results, Array(3).fill({ status: 'rejected', reason: failure }))
  t.strictSame([asked, log], [1, []])
  isBack = true
  t.strictSame(await write('d'), ['d'])
})

t.test('The log is copied to the database after the writes of the commit were answered', async t => {
  const done: string[] = []
  const copyIfLong = async () => {
    await setImmediate()
    done.push('copied')
  }
  const { write } = createLog({ disk: { copyIfLong } })
  await write('a').then(() => done.push('a'))
  await write('b').then(() => done.push('b'))
  t.strictSame(done, ['a', 'copied', 'b'])
})
