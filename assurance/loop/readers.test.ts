import type { InjectOptions } from 'fastify'
import t from 'tap'
import { bearer } from '../../test/support/app.ts'
import { createProofSigner, proofClaims } from '../../test/support/dpop.ts'
import { encode } from '../../test/support/forgeries.ts'
import { createWriteWorld } from '../../test/support/writes/world.ts'

/** The most processor time of a request, in milliseconds. */
const mostMs = 20
const tries = 5

/** The largest body and the largest header, in bytes. */
const [body, head] = [16_000, 7500]
const fill = (text: string, bytes: number) => text.repeat(bytes / text.length)
const members = (name: (n: number) => string, bytes: number, separator: string) => {
  let text = name(0)
  for (let n = 1; text.length < bytes - 20; n++) text += separator + name(n)
  return text
}

/** JSON that is costly to read, by what it has. */
const documents = {
  arrays: `${'['.repeat(body / 2)}${']'.repeat(body / 2)}`,
  objects: `${fill('{"a":', body - 4000)}1${'}'.repeat((body - 4000) / 5)}`,
  members: `{${members(n => `"a${n}":0`, body, ',')}}`,
  'one member again and again': `{${members(() => '"data":0', body, ',')}}`,
  digits: `{"data":{"n":${'9'.repeat(body - 50)}}}`,
  escapes: `{"data":{"n":"${fill('\\u0000', body - 50)}"}}`,
  'an open text': `{"data":"${fill('\\\\"', body - 50)}`
}
const forms = {
  parameters: members(n => `a${n}=`, body, '&'),
  'nothing but separators': '&'.repeat(body),
  'one parameter again and again': fill('scope=a&', body),
  percents: `username=${'%'.repeat(body - 20)}`,
  'bytes that are not UTF-8': `username=${fill('%ff', body - 20)}`,
  scopes: `grant_type=password&username=a&password=b&scope=${members(n => `a${n}`, body - 60, '+')}`
}
const headers = {
  'accept-language': members(n => `a${n}`, head, ','),
  'if-none-match': members(n => `"${n}"`, head, ','),
  'accept-encoding': fill('gzip ,', head),
  'x-forwarded-for': members(n => `10.0.0.${n % 256}`, head, ','),
  'sec-fetch-site': 'a'.repeat(head),
  origin: `https://${'a.'.repeat(head / 2)}`,
  cookie: members(n => `a${n}=1`, head, ';'),
  authorization: `Basic ${Buffer.alloc(head / 2, '%3').toString('base64')}`
}
const tokens = {
  dots: '.'.repeat(head),
  'three long parts': Array.from({ length: 3 }, () => 'a'.repeat(head / 3)).join('.'),
  'a deep header': `${Buffer.from(fill('{"a":', 5000)).toString('base64url')}.a.a`,
  'a header of many members': `${Buffer.from(`{${members(n => `"a${n}":0`, 5000, ',')}}`).toString('base64url')}.a.a`
}

t.test('No reader of a body, a header, a token or a proof holds the processor for more than 20 ms', async t => {
  const { app, person, begin } = await createWriteWorld(t, { databaseUrl: 'sqlite::memory:' })
  const { token } = await person()
  const { auth_session } = await begin()
  const json = { 'content-type': 'application/json' }
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const signer = createProofSigner('RS256')
  const claims = proofClaims(app, ['POST', '/token'])
  const proofs = {
    'another signature': `${signer.prove(claims).slice(0, -8)}AAAAAAAA`,
    'a modulus of zeros': signer.prove(claims, { jwk: { kty: 'RSA', e: 'AQAB', n: 'A'.repeat(3000) } }),
    'a modulus that is too long': signer.prove(claims, { jwk: { kty: 'RSA', e: 'AQAB', n: '_'.repeat(2500) } }),
    'an exponent as long as the modulus': signer.prove(claims, {
      jwk: { kty: 'RSA', e: '_'.repeat(683), n: '_'.repeat(683) }
    }),
    'claims of many members': `${encode({ alg: 'RS256' })}.${Buffer.from(`{${members(n => `"a${n}":0`, 2500, ',')}}`).toString('base64url')}.a`
  }
  const requests: Record<string, InjectOptions> = {}
  const add = (name: string, request: InjectOptions) => {
    requests[`${request.method ?? 'GET'} ${request.url} with ${name}`] = request
  }
  for (const [name, payload] of Object.entries(documents))
    for (const [method, url] of [
      ['PATCH', '/users/me'],
      ['POST', '/users'],
      ['POST', '/users/me/passkeys']
    ] as const)
      add(name, { method, url, payload, headers: { ...json, ...bearer(token) } })
  for (const [name, payload] of Object.entries(forms))
    for (const url of ['/token', '/introspect', '/authorize-challenge'])
      add(name, { method: 'POST', url, payload, headers: form })
  for (const [name, passkey] of Object.entries(documents)) {
    const payload = String(new URLSearchParams({ auth_session, passkey: passkey.slice(0, body / 3) }))
    add(`a passkey of ${name}`, { method: 'POST', url: '/authorize-challenge', payload, headers: form })
  }
  for (const [name, value] of Object.entries(headers))
    for (const url of ['/users/me', '/.well-known/jwks.json', '/docs'])
      add(name, { url, headers: { ...bearer(token), [name]: value } })
  for (const [name, sent] of Object.entries(tokens))
    for (const scheme of ['Bearer', 'DPoP'])
      for (const url of ['/users/me', '/verify'])
        add(`${scheme} ${name}`, { url, headers: { authorization: `${scheme} ${sent}` } })
  for (const [name, dpop] of Object.entries(proofs)) {
    const payload = 'grant_type=refresh_token&refresh_token=a'
    add(`a proof with ${name}`, { method: 'POST', url: '/token', payload, headers: { ...form, dpop } })
  }
  add('a long query', { url: `/users?${members(n => `a${n}=1`, head, '&')}`, headers: bearer(token) })
  add('a long path', { url: `/${'a/'.repeat(head / 2)}` })

  const slow: string[] = []
  for (const [name, request] of Object.entries(requests)) {
    let least = Number.POSITIVE_INFINITY
    for (let n = 0; n < tries && least > mostMs; n++) {
      const before = process.cpuUsage()
      const { statusCode } = await app.inject(request)
      const { user, system } = process.cpuUsage(before)
      least = Math.min(least, (user + system) / 1000)
      if (statusCode === 500) slow.push(`${name} is answered 500`)
    }
    if (least > mostMs) slow.push(`${name} takes ${least.toFixed(1)} ms`)
  }
  t.strictSame(slow, [])
  t.ok(Object.keys(requests).length > 70)
})
