import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { runInNewContext } from 'node:vm'
import t, { type Test } from 'tap'
import { createUser, password } from '../../../test/support/app.ts'
import { type SignedIn, type TokenStorage, webStorage } from '../src/index.ts'
import { createClientWorld } from './support/client-world.ts'
import { cut } from './support/network.ts'
import { installLocks } from './support/web-locks.ts'

const alice = { username: 'alice', password }
const whoIsAlice = { username: 'alice', scope: 'me' }

/** The `localStorage` of a browser. */
function createArea() {
  const values = new Map<string, string>()
  return {
    values,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key)
  }
}

/** Delivers the events of other tabs to this process during the test. */
function installWindow(t: Test) {
  const window = new EventTarget()
  for (const name of ['addEventListener', 'removeEventListener'] as const)
    t.intercept(globalThis as Partial<EventTarget>, name, { value: window[name].bind(window) })
  return { tellOfOtherTabs: () => window.dispatchEvent(new Event('storage')) }
}

t.test('A login in localStorage is found again, and signing out reaches the other tab', async t => {
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
  t.match(heard, [undefined, whoIsAlice, undefined])
  t.equal(heard.length, 3)

  stop()
  await here.signIn(alice)
  tellOfOtherTabs()
  await turn()
  t.equal(heard.length, 3)
})

/** Storage that answers with its content of 20 ms ago. */
function createSlowStorage(lockName?: string) {
  const values = new Map<string, string>()
  const storage: TokenStorage = {
    async get(key) {
      const value = values.get(key)
      await delay(20)
      return value
    },
    set: async (key, value) => void values.set(key, value),
    remove: async key => void values.delete(key),
    lockName
  }
  return { values, storage }
}

for (const [name, lockName] of [
  ['in the same client', undefined],
  ['in another tab', 'tabs']
] as const) {
  t.test(`A refresh undoes no sign-out ${name}, even with a slow storage`, async t => {
    const { url, open, advance, network } = await createClientWorld(t)
    installLocks(t)
    const { values, storage } = createSlowStorage(lockName)
    const client = open({ storage })
    const leaving = lockName ? open({ storage }) : client
    await client.signIn(alice)
    advance(601)
    let left: Promise<boolean> | undefined
    network.plan('/revoke', cut)
    network.plan('/token', async send => {
      const answer = await send()
      left = leaving.signOut()
      // The other tab's storage is read and written in between.
      if (lockName) await delay(30)
      return answer
    })
    await client.fetch(`${url}/users/me`)
    t.equal(await left, false)
    t.equal(values.size, 0)
    t.equal(await client.signedIn(), undefined)
    t.equal((await client.fetch(`${url}/users/me`)).status, 401)
  })

  t.test(`A refresh undoes no sign-in ${name}, even with a slow storage`, async t => {
    const { app, url, open, advance, network } = await createClientWorld(t)
    await createUser(app, 'bob')
    installLocks(t)
    const { storage } = createSlowStorage(lockName)
    const client = open({ storage })
    const coming = lockName ? open({ storage }) : client
    await client.signIn(alice)
    advance(601)
    const bob = { username: 'bob', password }
    let came: Promise<SignedIn> | undefined
    network.plan('/token', async send => {
      const [answer] = await Promise.all([
        send(),
        new Promise<void>(resolve => {
          network.plan('/token', async send => {
            const answer = await send()
            resolve()
            await delay(10)
            return answer
          })
          came = coming.signIn(bob)
        })
      ])
      return answer
    })
    await client.fetch(`${url}/users/me`)
    t.match(await came, { username: 'bob' })
    t.match(await client.signedIn(), { username: 'bob' })
    t.match(await (await client.fetch(`${url}/users/me`)).json(), { username: 'bob' })
  })
}

t.test('A sign-out does not wait for another tab when the storage is synchronous: the page may be closing', async t => {
  const { logIn, values } = await createClientWorld(t)
  const client = await logIn()
  const locks = installLocks(t)
  locks.freeze()
  client.signOut()
  await turn()
  t.strictSame([...values], [])
  t.strictSame([...locks.names], [])
})

/** Slow storage that returns another class of promises, such as those of another frame or a library. */
function createForeignStorage(lockName: string) {
  const OtherPromise: PromiseConstructor = runInNewContext('Promise')
  const { values, storage } = createSlowStorage(lockName)
  const get = (key: string) => new OtherPromise<string | null | undefined>(resolve => resolve(storage.get(key)))
  return { values, storage: { ...storage, get } }
}

for (const [name, createStorage] of [
  ['promises', createSlowStorage],
  ['promises of another kind', createForeignStorage]
] as const) {
  t.test(`A first write to shared storage that answers with ${name} takes its turn`, async t => {
    const { open } = await createClientWorld(t)
    const locks = installLocks(t)
    const { storage } = createStorage('tabs')
    await open({ storage }).signIn(alice)
    t.match([...locks.names], [/^tabs .* write$/])
  })
}

t.test('A first write to unreadable storage continues anyway', async t => {
  const { open } = await createClientWorld(t)
  const get = () => {
    throw new Error('SecurityError')
  }
  const storage: TokenStorage = { ...createSlowStorage('tabs').storage, get }
  t.match(await open({ storage }).signIn(alice), whoIsAlice)
  const later: TokenStorage = { ...storage, get: async () => get() }
  t.match(await open({ storage: later }).signIn(alice), whoIsAlice, 'a rejected promise does not end it either')
})

t.test('A sign-out ends a session that is still being stored, and reports a failure to end it', async t => {
  for (const isReached of [true, false]) {
    const { app, open, network } = await createClientWorld(t)
    const { id } = await createUser(app, 'bob')
    const { values, storage } = createSlowStorage()
    const { set } = storage
    let left: Promise<boolean> | undefined
    const client = open({
      storage: {
        ...storage,
        async set(key, value) {
          left = client.signOut()
          await delay(50)
          await set(key, value)
        }
      }
    })
    if (!isReached) network.plan('/revoke', cut)
    await client.signIn({ username: 'bob', password })
    t.equal(await left, isReached)
    t.equal(values.size, 0)
    t.equal((await app.sessions.ofUser(id)).length, isReached ? 0 : 1)
  }
})

t.test('Tabs take turns only where they share localStorage', t => {
  installWindow(t)
  const [local, session] = [createArea(), createArea()]
  const { lockName } = webStorage(local)
  t.equal(lockName, undefined, 'where there is no localStorage')
  const restore = t.intercept(globalThis as { localStorage?: unknown }, 'localStorage', { value: local }).restore
  t.equal(webStorage(local).lockName, 'localStorage')
  t.equal(webStorage(session).lockName, undefined)
  restore()
  const get = () => {
    throw new Error('SecurityError')
  }
  t.intercept(globalThis as { localStorage?: unknown }, 'localStorage', { get })
  t.equal(webStorage(session).lockName, undefined, 'where access to it is denied')
  t.end()
})

t.test('An invalid value in the storage is treated as absent', async t => {
  const { url, open, values } = await createClientWorld(t)
  for (const text of ['', 'no JSON', 'null', '""', '0']) {
    values.set(`sallyport ${url} `, text)
    t.equal(await open().signedIn(), undefined, text)
    t.equal((await open().fetch(`${url}/users/me`)).status, 401, text)
  }
  const client = open()
  await client.signIn(alice)
  t.match(await client.signedIn(), whoIsAlice)
})

t.test('The session ends on the server even if the storage fails to write or delete the login', async t => {
  const { app, open } = await createClientWorld(t)
  const full = new Error('QuotaExceededError')
  const area = createArea()
  const failing: TokenStorage = {
    ...webStorage(area),
    set: () => Promise.reject(full),
    remove: () => Promise.reject(full)
  }
  const { id } = await app.userAdmin.byIdOrName('alice')
  await t.rejects(open({ storage: failing }).signIn(alice), full)
  t.strictSame(await app.sessions.ofUser(id), [])

  await open({ storage: webStorage(area) }).signIn(alice)
  t.equal((await app.sessions.ofUser(id)).length, 1)
  await t.rejects(open({ storage: failing }).signOut(), full)
  t.strictSame(await app.sessions.ofUser(id), [])
})

t.test('A sign-in that can be neither stored nor ended reports the first failure', async t => {
  const { open, network } = await createClientWorld(t)
  const full = new Error('QuotaExceededError')
  network.plan('/revoke', cut)
  await t.rejects(
    open({ storage: { ...webStorage(createArea()), set: () => Promise.reject(full) } }).signIn(alice),
    full
  )
})

t.test('New tokens that the storage rejects are kept in memory, and written once it accepts them', async t => {
  const { url, open, advance, network } = await createClientWorld(t)
  let isFull = false
  const area = createArea()
  const setItem = (key: string, value: string) => {
    if (isFull) throw new Error('QuotaExceededError')
    area.setItem(key, value)
  }
  const storage = webStorage({ ...area, setItem })
  const client = open({ storage })
  await client.signIn(alice)
  isFull = true
  // Longer than the grace time in which the old refresh token could be used again.
  for (let round = 0; round < 3; round++) {
    advance(601)
    network.requests.length = 0
    for (let i = 0; i < 2; i++) t.equal((await client.fetch(`${url}/users/me`)).status, 200)
    t.equal(network.count('POST /token'), 1)
  }
  isFull = false
  t.match(await client.signedIn(), whoIsAlice)
  const reloaded = open({ storage })
  t.equal((await reloaded.fetch(`${url}/users/me`)).status, 200)
  advance(601)
  t.equal((await reloaded.fetch(`${url}/users/me`)).status, 200)
})

t.test('Every request uses the new tokens, even if a slow storage rejects them', async t => {
  const { url, open, advance, network } = await createClientWorld(t)
  let isFull = false
  const { storage } = createSlowStorage()
  const set = async (key: string, value: string) => {
    await delay(20)
    if (isFull) throw new Error('QuotaExceededError')
    await storage.set(key, value)
  }
  const client = open({ storage: { ...storage, set } })
  await client.signIn(alice)
  isFull = true
  advance(601)
  network.requests.length = 0
  for (let round = 0; round < 2; round++) {
    const answers = await Promise.all([1, 2, 3].map(() => client.fetch(`${url}/users/me`)))
    t.strictSame(
      answers.map(({ status }) => status),
      [200, 200, 200]
    )
  }
  t.equal(network.count('POST /token'), 1)
})

t.test('A sign-out in another tab stands even while new tokens wait to be written', async t => {
  const { url, open, advance } = await createClientWorld(t)
  const area = createArea()
  const failing = { ...area, setItem: () => Promise.reject(new Error('QuotaExceededError')) as never }
  const other = open({ storage: webStorage(area) })
  await other.signIn(alice)
  const client = open({ storage: webStorage(failing) })
  advance(601)
  t.equal((await client.fetch(`${url}/users/me`)).status, 200)
  await other.signOut()
  t.equal(await client.signedIn(), undefined)
})

t.test('An error in a listener does not end the process', async t => {
  const { open } = await createClientWorld(t)
  const { args } = t.capture(console, 'error')
  const locked = new Error('SecurityError')
  open({ storage: { ...webStorage(createArea()), get: () => Promise.reject(locked) } }).onChange(() => {})
  const wrong = new Error('their listener')
  const client = open({ storage: webStorage(createArea()) })
  const stop = client.onChange(() => {
    throw wrong
  })
  await client.signIn(alice)
  await turn()
  t.strictSame(args().flat(), [locked, wrong, wrong])
  stop()
})

t.test('A storage failure is reported, and not treated as a sign-out', async t => {
  const { url, open } = await createClientWorld(t)
  const full = new Error('QuotaExceededError')
  const storage: TokenStorage = { ...webStorage(createArea()), set: () => Promise.reject(full) }
  await t.rejects(open({ storage }).signIn(alice), full)
  const locked = new Error('SecurityError')
  const unreadable: TokenStorage = { ...storage, get: () => Promise.reject(locked) }
  await t.rejects(open({ storage: unreadable }).signedIn(), locked)
  await t.rejects(open({ storage: unreadable }).fetch(`${url}/users/me`), locked)
})
