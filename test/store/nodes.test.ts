import t from 'tap'
import { engines } from '../support/engines.ts'
import { at, createStore } from '../support/store.ts'

const node = (id: string, seconds: number, host = 'one') => ({
  id,
  host,
  version: '0.3.0',
  runtime: 'Node.js 24.10.0',
  startedAt: at(0),
  seenAt: at(seconds),
  features: ['dpop']
})

for (const engine of engines)
  t.test(`Nodes renew their rows, remove them, and forget those of others, on ${engine}`, async t => {
    const { nodes } = (await createStore(t, engine)).store
    t.strictSame(await nodes.all(), [])
    for (const one of [node('b', 1), node('a', 1), node('c', 1, 'a host')]) await nodes.renew(one)
    await nodes.renew(node('a', 60))
    t.strictSame(await nodes.all(), [node('c', 1, 'a host'), node('a', 60), node('b', 1)])
    await nodes.forget(at(1))
    t.equal((await nodes.all()).length, 3)
    t.strictSame((await nodes.features())[0], { version: '0.3.0', features: ['dpop'] })
    await nodes.forget(at(2))
    t.strictSame(await nodes.all(), [node('a', 60)])
    await nodes.remove('a')
    await nodes.remove('a')
    t.strictSame(await nodes.all(), [])
  })
