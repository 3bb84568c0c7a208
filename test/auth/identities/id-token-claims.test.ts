import { createHash } from 'node:crypto'
import t from 'tap'
import { brokenRule } from '../../../src/auth/identities/id-token-claims.ts'

const now = new Date('2026-01-31T12:00:00.500Z')
const iat = new Date('2026-01-31T12:00:00Z').getTime() / 1000
const valid = { aud: 'app', sub: 'alice', iat, exp: iat + 3600 }
const clientIds = ['app', 'web']

/** The rule that is broken when a valid token has these claims too, and the request this nonce. */
const broken = (claims: object, nonce?: string) => brokenRule({ ...valid, ...claims }, { clientIds, nonce, now })

/** Times of a token that is this many seconds older than a valid one. */
const older = (seconds: number) => ({ iat: iat - seconds, exp: iat - seconds + 3600 })

t.test('The claims of an ID token have to follow each rule (OpenID Connect Core 1.0 §2, §3.1.3.7)', async t => {
  const sub = 'The sub of an ID token must have 1 to 255 printable ASCII characters.'
  const aud = 'The ID token is for a client id that is not configured here.'
  const azp = 'The azp of the ID token is a client id that is not configured here.'
  const clock = 'or the clock of this server or of the issuer is wrong.'
  const expired = `The ID token has expired, ${clock}`
  const future = `The iat of the ID token is in the future, ${clock}`
  const old = `The ID token was issued more than ten minutes ago, ${clock}`
  const table: [name: string, claims: object, rule: string | undefined][] = [
    ['a valid token', {}, undefined],
    ['no sub', { sub: undefined }, sub],
    ['an empty sub', { sub: '' }, sub],
    ['a sub of 255 characters', { sub: 'x'.repeat(255) }, undefined],
    ['a longer one', { sub: 'x'.repeat(256) }, sub],
    ['a sub that is a number', { sub: 1 }, sub],
    ['a sub with NUL', { sub: 'alice\0' }, sub],
    ['a sub with a line feed at its end', { sub: 'alice\n' }, sub],
    ['a sub that is not ASCII', { sub: 'älice' }, sub],
    ['a sub in an array', { sub: ['alice'] }, sub],
    ['no aud', { aud: undefined }, aud],
    ['the aud of another app', { aud: 'other' }, aud],
    ['an aud in other case', { aud: 'APP' }, aud],
    ['an aud that every object has', { aud: 'toString' }, aud],
    ['an aud in an array', { aud: ['app'] }, undefined],
    ['no aud in an array', { aud: [] }, aud],
    ['an aud in two arrays', { aud: [['app']] }, aud],
    ['an aud that is an object', { aud: { app: true } }, aud],
    ['an aud that is null', { aud: null }, aud],
    ['the same aud twice without azp', { aud: ['app', 'app'] }, 'An ID token for several client ids must have an azp.'],
    ['two aud without azp', { aud: ['app', 'web'] }, 'An ID token for several client ids must have an azp.'],
    ['two aud with azp', { aud: ['app', 'web'], azp: 'web' }, undefined],
    ['two aud, one of another app', { aud: ['app', 'other'], azp: 'app' }, aud],
    ['an azp beside one aud', { azp: 'web' }, undefined],
    ['the azp of another app', { azp: 'other' }, azp],
    ['an azp that is null', { azp: null }, azp],
    ['an azp in an array', { azp: ['app'] }, azp],
    ['a logout token', { events: {} }, 'The token is a logout token and not an ID token.'],
    ['no exp', { exp: undefined }, 'The exp of an ID token must be a number.'],
    ['an exp that is a string', { exp: String(iat + 3600) }, 'The exp of an ID token must be a number.'],
    ['an exp that has passed', { exp: iat }, expired],
    ['an exp in the next second', { exp: iat + 1 }, undefined],
    ['an exp far away', { exp: 1e308 }, undefined],
    ['an auth_time', { auth_time: iat - 86_400 }, undefined],
    ['an auth_time that is a string', { auth_time: String(iat) }, 'The auth_time of an ID token must be a number.'],
    ['no iat', { iat: undefined }, 'The iat of an ID token must be a number.'],
    ['an iat that is a string', { iat: String(iat) }, 'The iat of an ID token must be a number.'],
    ['an iat that is no number of JSON', { iat: Number.POSITIVE_INFINITY }, 'The iat of an ID token must be a number.'],
    ['an iat with a fraction', { iat: iat + 0.25 }, undefined],
    ['an iat far away', { iat: 1e308 }, future],
    ['an iat far in the past', { iat: -1e308 }, old],
    ['a clock that is a minute ahead', older(-60), undefined],
    ['a clock that is more than a minute ahead', older(-61), future],
    ['a clock that is five minutes ahead', older(-300), future],
    ['a clock that is five minutes behind', older(300), undefined],
    ['a token of ten minutes', older(599), undefined],
    ['an older one', older(600), old],
    ['an nbf that has passed', { nbf: iat }, undefined],
    ['an nbf that is a string', { nbf: 'now' }, 'The nbf of an ID token must be a number.'],
    ['an nbf that has not', { nbf: iat + 61 }, `The nbf of the ID token is in the future, ${clock}`]
  ]
  for (const [name, claims, rule] of table) t.equal(broken(claims), rule, name)
})

t.test('A nonce is that of the request, or its SHA-256 as Apple has it (§3.1.2.1)', async t => {
  const nonce = 'n-0S6_WzA2Mj'
  const hash = createHash('sha256').update(nonce).digest()
  const other = 'The nonce of the ID token is neither that of the request nor its SHA-256.'
  for (const claim of [nonce, hash.toString('hex'), hash.toString('base64url')])
    t.equal(broken({ nonce: claim }, nonce), undefined, claim)
  for (const claim of [
    'other',
    '',
    nonce.toUpperCase(),
    hash.toString('hex').toUpperCase(),
    [nonce],
    { nonce },
    null,
    1,
    true
  ])
    t.equal(broken({ nonce: claim }, nonce), other, JSON.stringify(claim))
  t.equal(broken({ nonce: hash.toString('base64') }, nonce), other, 'Base64 with another alphabet')
  t.equal(broken({ nonce: 'undefined' }), 'The ID token has a nonce: send the parameter nonce.')
  t.equal(broken({ nonce: null }), 'The ID token has a nonce: send the parameter nonce.')
  t.equal(broken({}, nonce), 'The request has a nonce, but the ID token has none.')
  t.equal(broken({}, ''), 'The request has a nonce, but the ID token has none.')
})
