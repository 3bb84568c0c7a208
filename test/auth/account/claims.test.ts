import t from 'tap'
import { createAccountClaims } from '../../../src/auth/account/claims.ts'
import { createTokenLength } from '../../../src/auth/tokens/token-length.ts'

const issuer = 'https://auth.example.com'
const { assertAcceptable, assertFits } = createAccountClaims(
  createTokenLength({ issuer, audience: issuer, resources: [] })
)
const account = (claims: Record<string, unknown>, scopes = ['me']) => ({ username: 'alice', scopes, claims })

t.test('Claims that describe a person for an application pass', async t => {
  for (const claims of [
    {},
    { tenant: 'acme', plan: { name: 'pro', seats: 5 } },
    { roles: ['editor'], groups: [], entitlements: ['a b'] },
    { 'https://example.com/tenant': 'acme', locale: 'de', given_name: 'Alice' }
  ])
    t.doesNotThrow(() => assertAcceptable(account(claims)), JSON.stringify(claims))
})

t.test('A name that the server uses, or that is registered for another purpose, is refused by name', async t => {
  for (const name of 'iss sub aud exp nbf iat jti client_id scope auth_time acr amr sid preferred_username act may_act cnf azp nonce active username token_type email email_verified name status _sd'.split(
    ' '
  ))
    t.throws(
      () => assertAcceptable(account({ [name]: 'x' })),
      { errors: [{ pointer: `/claims/${name}`, detail: 'is a claim with another purpose; choose another name' }] },
      name
    )
})

t.test('A name that reads like another one is refused too', async t => {
  const taken = 'is a claim with another purpose; choose another name'
  const unclear = 'has a name that is empty, or has invisible characters or blanks around it'
  for (const [name, detail] of [
    ['Sub', taken],
    ['SCOPE', taken],
    ['\u017fcope', taken],
    ['ｓｕｂ', taken],
    ['sub ', taken],
    ['Email_Verified', taken],
    ['Username', taken],
    ['Roles', 'must be written roles'],
    ['GROUPS', 'must be written groups'],
    ['', unclear],
    [' ', unclear],
    ['tenant ', unclear],
    ['ten\u200bant', unclear],
    ['ten\u202eant', unclear],
    ['ten\nant', unclear]
  ] as const)
    t.throws(() => assertAcceptable(account({ [name]: ['x'] })), { errors: [{ detail }] }, JSON.stringify(name))
  t.doesNotThrow(() => assertAcceptable(account({ 'home team': 'x', größe: 1, 愛: 1 })))
})

t.test('Roles, groups and entitlements are arrays of strings (RFC 9068 §2.2.3.1)', async t => {
  for (const name of ['roles', 'groups', 'entitlements'])
    for (const value of ['editor', ['editor', 1], [['editor']], { editor: true }, true])
      t.throws(() => assertAcceptable(account({ [name]: value })), {
        errors: [{ pointer: `/claims/${name}`, detail: 'must be an array of strings' }]
      })
})

t.test('Claims are at most 1 KB, and stay below 4 KB of token with all scopes', async t => {
  t.doesNotThrow(() => assertAcceptable(account({ a: 'x'.repeat(1016) })))
  t.throws(() => assertAcceptable(account({ a: 'x'.repeat(1017) })), { errors: [{ pointer: '/claims' }] })
  const scopes = Array.from({ length: 20 }, (_, i) => `${'s'.repeat(90)}${i}`)
  t.doesNotThrow(() => assertAcceptable(account({ a: 'x'.repeat(100) }, scopes)))
  t.throws(() => assertAcceptable(account({ a: 'x'.repeat(1000) }, scopes)), {
    message: /access tokens of \d+ characters with all scopes and claims; 4096 is the most/
  })
  t.throws(() => assertFits(account({ a: 'x'.repeat(1000) }, scopes)))
  t.doesNotThrow(() => assertFits(account({}, [...scopes, 'x'.repeat(3000)])), 'without claims, as before')
})
