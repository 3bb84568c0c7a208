import { engineTest } from '../support/pg-test.ts'
import { at, createStore, event, newKey } from '../support/store.ts'

engineTest('A key is read as it was written', async (t, engine) => {
  const { store, trail } = await createStore(t, engine)
  const key = newKey(1, { signsAt: at(300) })
  t.equal(await store.keys.add(key, at(1000), event('key.created')), true)
  t.strictSame(await store.keys.all(), [{ ...key, expiresAt: null }])
  t.match(await trail(), [{ action: 'key.created' }])
})

engineTest('A new key sets the expiry of the previous key only', async (t, engine) => {
  const { store } = await createStore(t, engine)
  for (const generation of [1, 2, 3]) await store.keys.add(newKey(generation), at(generation * 100), event('x'))
  t.strictSame(
    (await store.keys.all()).map(({ kid, expiresAt }) => [kid, expiresAt]),
    [
      ['key-1', at(200)],
      ['key-2', at(300)],
      ['key-3', null]
    ]
  )
})

engineTest('Keys are published until they expire, the oldest first', async (t, engine) => {
  const { store } = await createStore(t, engine)
  for (const generation of [1, 2]) await store.keys.add(newKey(generation), at(100), event('key.rotated'))
  const kids = async (seconds: number) => (await store.keys.published(at(seconds))).map(({ kid }) => kid)
  t.strictSame(await kids(99), ['key-1', 'key-2'])
  t.strictSame(await kids(100), ['key-2'], 'a key is not published at the moment of its expiry')
  t.equal((await store.keys.all()).length, 2)
})

engineTest('A retired key is no longer published', async (t, engine) => {
  const { store, trail } = await createStore(t, engine)
  for (const generation of [1, 2]) await store.keys.add(newKey(generation), at(100), event('x'))
  t.equal(await store.keys.retire('key-1', at(5), event('key.retired')), true)
  t.equal(await store.keys.retire('nothing', at(5), event('key.retired')), false)
  t.strictSame(
    (await store.keys.published(at(5))).map(({ kid }) => kid),
    ['key-2']
  )
  t.equal((await trail()).filter(({ action }) => action === 'key.retired').length, 1)
})
