import t, { type Test } from 'tap'
import { createDiscovery, metadataUrl } from '../../../src/wire/issuer/server-metadata.ts'

const issuer = 'https://login.example.com'
const keys = `${issuer}/.well-known/jwks.json`

/** Answers every fetch with this body and status; returns the recorded calls. */
function answering(t: Test, body: unknown, init?: ResponseInit) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return t.capture(globalThis, 'fetch', async () => new Response(text, init))
}

t.test('The well-known path goes between the host and the path of the issuer (RFC 8414 §3.1)', async t => {
  for (const [path, expected] of [
    ['', ''],
    ['/', ''],
    ['/auth/a', '/auth/a'],
    ['/auth/a/', '/auth/a']
  ])
    t.equal(metadataUrl(`${issuer}:8443${path}`), `${issuer}:8443/.well-known/oauth-authorization-server${expected}`)
})

t.test('An endpoint is looked up once', async t => {
  const fetches = answering(t, { issuer, jwks_uri: keys })
  const find = createDiscovery(issuer, 'jwks_uri')
  t.equal(fetches().length, 0, 'only when it is needed')
  const first = await find()
  t.equal(first.href, keys)
  t.equal(await find(), first)
  const [asked, ...others] = fetches()
  t.equal(others.length, 0)
  t.match(asked?.args, [metadataUrl(issuer), { redirect: 'manual', signal: AbortSignal }])
})

t.test('Anything but the metadata of the issuer is refused, and fetched again (RFC 8414 §3.3)', async t => {
  const at = metadataUrl(issuer)
  for (const [body, status, message] of [
    [{ issuer, jwks_uri: keys }, 500, `${at} responded with status 500.`],
    ['', 301, `${at} responded with status 301.`],
    ['<html>', 200, /JSON/],
    ['null', 200, `${at} did not return a JSON object.`],
    ['"text"', 200, `${at} did not return a JSON object.`],
    [{ jwks_uri: keys }, 200, `${at} names the issuer undefined instead of ${issuer}.`],
    [{ issuer: `${issuer}/`, jwks_uri: keys }, 200, `${at} names the issuer "${issuer}/" instead of ${issuer}.`],
    [{ issuer }, 200, `${at} has no jwks_uri.`],
    [{ issuer, jwks_uri: '/jwks.json' }, 200, `${at} has no jwks_uri.`],
    [{ issuer, jwks_uri: keys.replace('https', 'http') }, 200, `${at} has a jwks_uri without https.`]
  ] as const) {
    answering(t, body, { status })
    const find = createDiscovery(issuer, 'jwks_uri')
    await t.rejects(find(), { message })
    answering(t, { issuer, jwks_uri: keys })
    t.equal((await find()).href, keys)
  }
})

t.test('An issuer that does not answer is waited for for five seconds', async t => {
  const limits = t.capture(AbortSignal, 'timeout', () => AbortSignal.abort(new Error('too late')))
  await t.rejects(createDiscovery('http://127.0.0.1:1', 'jwks_uri')(), { message: 'too late' })
  t.strictSame(limits()[0]?.args, [5000])
})
