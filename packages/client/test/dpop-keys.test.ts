import { webcrypto } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import t, { type Test } from 'tap'
import { password } from '../../../test/support/app.ts'
import { type DpopKey, webStorage } from '../src/index.ts'
import { createBoundWorld } from './support/bound-client.ts'

const alice = { username: 'alice', password }

/** Hides `crypto.subtle`, as browsers do on a page with http. The server, which runs here too, needs the rest. */
function hideSubtle(t: Test) {
  const { crypto } = globalThis
  const rest = { getRandomValues: crypto.getRandomValues.bind(crypto), randomUUID: crypto.randomUUID.bind(crypto) }
  t.intercept(globalThis as { crypto?: unknown }, 'crypto', { value: rest })
}

/** Ends the patience of the client with an IndexedDB, which is three seconds, at once. */
function hang(t: Test, indexedDb: { hangs: boolean }) {
  const { setTimeout } = globalThis
  const value = (run: () => void, ms?: number) => setTimeout(run, ms === 3000 ? 0 : ms)
  t.intercept(globalThis as { setTimeout?: unknown }, 'setTimeout', { value })
  indexedDb.hangs = true
}

/** A key of an application, and the header of the last proof that it has signed. */
async function createKey() {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const { publicKey, privateKey } = await webcrypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
  const signed: string[] = []
  const key: DpopKey = {
    jwk: await webcrypto.subtle.exportKey('jwk', publicKey),
    sign(data) {
      signed.push(new TextDecoder().decode(data))
      return webcrypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, data)
    }
  }
  return { key, header: () => decodeProtectedHeader(`${signed.at(-1)}.`) }
}

t.test('Where no key can be kept, a login is not bound, rather than lost at the next start', async t => {
  const { url, open, storage, stored, indexedDb } = await createBoundWorld(t)
  const elsewhere = { ...storage, keys: undefined }
  const { key } = await createKey()
  const places: [name: string, options: Parameters<typeof open>[0], prepare: (t: Test) => void][] = [
    ['in storage that does not say where', { storage: elsewhere }, () => {}],
    ['where IndexedDB is denied', {}, () => Object.assign(indexedDb, { isDenied: true })],
    ['where IndexedDB forgets', {}, () => Object.assign(indexedDb, { forgets: true })],
    ['where IndexedDB never responds', {}, t => hang(t, indexedDb)],
    ['on a page without crypto.subtle', {}, hideSubtle],
    ['with a key that cannot be hashed', { dpop: key }, hideSubtle],
    [
      'without IndexedDB',
      {},
      t => t.intercept(globalThis as { indexedDB?: unknown }, 'indexedDB', { value: undefined })
    ]
  ]
  for (const [name, options, prepare] of places)
    await t.test(name, async t => {
      prepare(t)
      const client = open(options)
      await client.signIn(alice)
      Object.assign(indexedDb, { isDenied: false, forgets: false, hangs: false })
      t.equal(stored().jkt, undefined)
      t.equal((await client.fetch(`${url}/users/me`)).status, 200)
    })
})

t.test('localStorage and sessionStorage have their key in IndexedDB', t => {
  const area = { getItem: () => null, setItem() {}, removeItem() {} }
  t.equal(webStorage(area).keys, 'indexedDB')
  t.end()
})

t.test('A login in memory has a key in memory', async t => {
  const { url, open, sent, indexedDb } = await createBoundWorld(t)
  const client = open({ storage: undefined })
  await client.signIn(alice)
  sent()
  for (let round = 0; round < 2; round++) t.equal((await client.fetch(`${url}/users/me`)).status, 200)
  t.strictSame(sent(), ['GET /users/me DPoP', 'GET /users/me DPoP'])
  t.equal(indexedDb.opened, 0)
})

t.test('An application can give a key, which lasts as long as its storage', async t => {
  const { url, open, storage, stored, indexedDb } = await createBoundWorld(t)
  const plain = { ...storage, keys: undefined }
  const { key, header } = await createKey()
  await open({ storage: plain, dpop: key }).signIn(alice)
  t.match(decodeJwt(stored().accessToken).cnf, { jkt: stored().jkt })
  t.strictSame(header(), {
    typ: 'dpop+jwt',
    alg: 'ES256',
    jwk: { crv: 'P-256', kty: 'EC', x: key.jwk.x, y: key.jwk.y }
  })
  const restarted = open({ storage: plain, dpop: key })
  t.equal((await restarted.fetch(`${url}/users/me`)).status, 200)
  t.equal(indexedDb.opened, 0)

  const { key: other } = await createKey()
  const wrong = open({ storage: plain, dpop: other })
  t.equal((await wrong.fetch(`${url}/users/me`)).status, 401)
  t.equal(await wrong.signedIn(), undefined, 'with another key, the login ends')
})
