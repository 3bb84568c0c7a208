import { setImmediate as turn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type SignedIn, type TokenStorage, webStorage } from '../../src/client.ts'
import { password } from '../support/app.ts'
import { createClientWorld } from '../support/client-world.ts'

const alice = { username: 'alice', password }
const whoIsAlice = { username: 'alice', scope: 'me' }

/** `localStorage` of a browser. */
function createArea() {
  const values = new Map<string, string>()
  return {
    values,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key)
  }
}

/** Makes this process hear of what happens in other tabs, while the test runs. */
function installWindow(t: Test) {
  const window = new EventTarget()
  for (const name of ['addEventListener', 'removeEventListener'] as const)
    t.intercept(globalThis as Partial<EventTarget>, name, { value: window[name].bind(window) })
  return { tellOfOtherTabs: () => window.dispatchEvent(new Event('storage')) }
}

t.test('a login in localStorage is found again, and its sign-out reaches the other tab (issue 6)', async t => {
  const { url, open } = await createClientWorld(t)
  const { tellOfOtherTabs } = installWindow(t)
  const area = createArea()
  const [here, there] = [open({ storage: webStorage(area) }), open({ storage: webStorage(area) })]
  const heard: (SignedIn | undefined)[] = []
  const stop = there.onChange(who => heard.push(who))
  await turn()

  await here.signIn(alice)
  t.strictSame([...area.values.keys()], [`sallyport ${url} `])
  tellOfOtherTabs()
  await turn()
  t.equal((await there.fetch(`${url}/users/me`)).status, 200)
  await here.signOut()
  t.equal(area.values.size, 0)
  t.equal((await there.fetch(`${url}/users/me`)).status, 401, 'the very next request has no token')
  tellOfOtherTabs()
  await turn()
  t.strictSame(heard, [undefined, whoIsAlice, undefined])

  stop()
  await here.signIn(alice)
  tellOfOtherTabs()
  await turn()
  t.equal(heard.length, 3)
})

t.test('web storage works where nobody tells of other tabs', async t => {
  const { open } = await createClientWorld(t)
  const client = open({ storage: webStorage(createArea()) })
  const stop = client.onChange(() => {})
  await client.signIn(alice)
  t.strictSame(await client.signedIn(), whoIsAlice)
  stop()
})

t.test('storage may take its time', async t => {
  const { url, open, advance } = await createClientWorld(t)
  const values = new Map<string, string>()
  const storage: TokenStorage = {
    get: async key => values.get(key),
    set: async (key, value) => void values.set(key, value),
    remove: async key => void values.delete(key)
  }
  const client = open({ storage })
  await client.signIn(alice)
  advance(601)
  t.equal((await client.fetch(`${url}/users/me`)).status, 200)
  t.equal(await client.signOut(), true)
  t.equal(values.size, 0)
})

t.test('what is in the storage and is not a login is as good as nothing', async t => {
  const { url, open, values } = await createClientWorld(t)
  for (const text of ['', 'no JSON', 'null', '""', '0']) {
    values.set(`sallyport ${url} `, text)
    t.equal(await open().signedIn(), undefined, text)
    t.equal((await open().fetch(`${url}/users/me`)).status, 401, text)
  }
  const client = open()
  await client.signIn(alice)
  t.strictSame(await client.signedIn(), whoIsAlice)
})

t.test('storage that fails is told of, and not taken for a sign-out', async t => {
  const { url, open } = await createClientWorld(t)
  const full = new Error('QuotaExceededError')
  const storage: TokenStorage = { ...webStorage(createArea()), set: () => Promise.reject(full) }
  await t.rejects(open({ storage }).signIn(alice), full)
  const locked = new Error('SecurityError')
  const unreadable: TokenStorage = { ...storage, get: () => Promise.reject(locked) }
  await t.rejects(open({ storage: unreadable }).signedIn(), locked)
  await t.rejects(open({ storage: unreadable }).fetch(`${url}/users/me`), locked)
})
