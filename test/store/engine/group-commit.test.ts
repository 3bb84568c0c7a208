import t from 'tap'
import { createCommits } from '../../../src/store/engine/group-commit.ts'

const busy = Object.assign(new Error('busy'), { code: 'SQLITE_BUSY' })
const isBusy = (error: unknown) => (error as { code?: string }).code === 'SQLITE_BUSY'

/** Commits that record which writes ran in which transaction. */
function createLog(
  deps: {
    together?: (works: string[]) => unknown[][] | Promise<unknown[][]>
    alone?: (work: string) => unknown[]
    isOfOne?: (error: unknown) => boolean
  } = {}
) {
  const log: string[] = []
  const { together = works => works.map(work => [work]), alone = work => [work], ...rest } = deps
  const commits = createCommits<string>({
    isBusy,
    ...rest,
    together(works) {
      log.push(works.join('+'))
      return together(works)
    },
    alone(work) {
      log.push(work)
      return alone(work)
    }
  })
  return { ...commits, log }
}

t.test('writes of one turn share one commit, in order; later writes have another', async t => {
  const { write, log } = createLog()
  t.strictSame(await Promise.all(['a', 'b', 'c'].map(write)), [['a'], ['b'], ['c']])
  t.strictSame(await write('d'), ['d'])
  t.strictSame(log, ['a+b+c', 'd'])
})

t.test('no write is answered before its commit', async t => {
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

t.test('when a shared commit fails, it is rolled back, and each write is retried on its own', async t => {
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

t.test('when a shared commit fails through no single write, all writes fail and none is retried', async t => {
  const { write, log } = createLog({
    together() {
      throw new Error('the server has gone')
    },
    isOfOne: () => false
  })
  const settled = await Promise.allSettled(['a', 'b'].map(write))
  for (const one of settled) t.match(one, { status: 'rejected', reason: { message: 'the server has gone' } })
  t.strictSame(log, ['a+b'])
  t.strictSame(await write('c'), ['c'], 'the next is tried')
})

t.test('writes that arrive during a commit share the next one', async t => {
  let finish = () => {}
  const { write, log } = createLog({
    async together(works) {
      await new Promise<void>(resolve => {
        finish = resolve
      })
      return works.map(work => [work])
    }
  })
  const first = ['a', 'b'].map(write)
  while (log.length === 0) await new Promise(resolve => setImmediate(resolve))
  const later = ['c', 'd'].map(write)
  await new Promise(resolve => setImmediate(resolve))
  t.strictSame(log, ['a+b'])
  finish()
  await Promise.all(first)
  while (log.length === 1) await new Promise(resolve => setImmediate(resolve))
  finish()
  t.strictSame(await Promise.all(later), [['c'], ['d']])
  t.strictSame(log, ['a+b', 'c+d'])
})

t.test('a commit waits for more writes while each turn brings some, up to a limit (bounded)', async t => {
  async function writeInTurns(write: (work: string) => Promise<unknown[]>, each: number) {
    const written: Promise<unknown[]>[] = []
    for (const turn of ['a', 'b', 'c']) {
      for (let n = 0; n < each; n++) written.push(write(turn))
      await new Promise(resolve => setImmediate(resolve))
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

t.test('while another process writes, writes wait in order and the event loop does not', async t => {
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
  await new Promise(resolve => setImmediate(resolve))
  const others = ['b', 'c'].map(write)
  t.strictSame(await first, ['a'])
  t.strictSame(await Promise.all(others), [['b'], ['c']])
  clearInterval(timer)
  t.ok(turns > 0)
  t.strictSame(log, ['a', 'a', 'a', 'a', 'b+c'])
  await drained()
})
