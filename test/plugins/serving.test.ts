import t, { type Test } from 'tap'
import outage from '../../plugins/outage.ts'
import serving from '../../plugins/serving.ts'
import { bareFastify } from '../support/plugins.ts'

/** A bare server with the plugin, and the errors in its log. */
async function createServing(t: Test) {
  const { app, log } = bareFastify(t)
  await app.register(outage)
  await app.register(serving)
  const complaints = () => log.map(line => JSON.parse(line)).filter(({ level }) => level > 30)
  return { app, complaints }
}

/** A promise that resolves when the test says so. */
function later() {
  let keep = () => {}
  const promise = new Promise<void>(resolve => {
    keep = resolve
  })
  return { promise, keep }
}

/** Lets everything run that can run now. */
const settle = () => new Promise(resolve => setImmediate(resolve))

t.test('Deferred work starts when the service listens, and not in a command', async t => {
  const { app } = await createServing(t)
  const begun = later()
  let hasBegun = false
  app.whenServing(() => {
    hasBegun = true
    begun.keep()
  }, 'it does not begin')
  await app.ready()
  t.equal(hasBegun, false)
  await app.listen({ host: '127.0.0.1', port: 0 })
  await begun.promise
})

t.test('A failed or slow start is logged and does not block the others', async t => {
  const { app, complaints } = await createServing(t)
  const slow = later()
  let begun = 0
  app.whenServing(() => {
    throw new Error('a bug')
  }, 'the first does not begin')
  app.whenServing(() => Promise.reject(new Error('the store is ill')), 'the second does not begin')
  app.whenServing(() => slow.promise, 'the third does not begin')
  app.whenServing(() => void begun++, 'the fourth does not begin')
  const done = app.beginServing()
  await settle()
  t.equal(begun, 1)
  slow.keep()
  await done
  t.match(complaints(), [
    { level: 50, err: { message: 'a bug' }, msg: 'the first does not begin' },
    { level: 50, err: { message: 'the store is ill' }, msg: 'the second does not begin' }
  ])
})

t.test('Starts once, however often it is called', async t => {
  const { app } = await createServing(t)
  let begun = 0
  app.whenServing(() => void begun++, 'it does not begin')
  await Promise.all([app.beginServing(), app.beginServing()])
  await app.listen({ host: '127.0.0.1', port: 0 })
  await app.beginServing()
  t.equal(begun, 1)
})

t.test('Closing waits for pending starts before anything stops', async t => {
  const { app } = await createServing(t)
  const slow = later()
  const order: string[] = []
  app.whenServing(() => slow.promise.then(() => order.push('begun')), 'it does not begin')
  app.addHook('onClose', async () => void order.push('stopped'))
  await app.ready()
  const begun = app.beginServing()
  const closed = app.close()
  for (let turn = 0; turn < 5; turn++) await settle()
  slow.keep()
  await Promise.all([begun, closed])
  t.strictSame(order, ['begun', 'stopped'])
})

t.test('Nothing starts once the server is closed', async t => {
  const { app } = await createServing(t)
  let begun = 0
  app.whenServing(() => void begun++, 'it does not begin')
  await app.close()
  await app.beginServing()
  t.equal(begun, 0)
})
