import { generateKeyPairSync, randomUUID } from 'node:crypto'
import t from 'tap'
import { createAccessTokens, type VerifiedToken } from '../../../src/auth/tokens/access-tokens.ts'
import { ConfigError } from '../../../src/base/errors.ts'
import { StoreError } from '../../../src/store/errors.ts'
import type { SessionAndUser, SessionRow, SessionStore } from '../../../src/store/sessions.ts'
import type { UserRow } from '../../../src/store/users.ts'
import { createClock } from '../../support/clocks.ts'
import { newSession, newUser, sessionRow, start } from '../../support/store.ts'

const audience = 'https://api.example.com'
const iat = start.getTime() / 1000

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

/** The content of a JWT, without a check of its signature. */
function decoded(token: string): VerifiedToken {
  const [header, payload] = token.split('.').map(part => Buffer.from(part, 'base64url').toString())
  return { header: JSON.parse(String(header)), payload: JSON.parse(String(payload)) }
}

/** Access tokens whose signature nobody checks, and which may be in JSON: another file tests the cryptography. */
function create(verify?: (token: string) => Promise<VerifiedToken | undefined>) {
  const clock = createClock()
  const user: UserRow = {
    ...newUser('alice', { scopes: ['me', 'users:read'] }),
    emailVerified: false,
    disabled: false,
    pendingEmail: null,
    lastLoginAt: null,
    secondFactorAt: null,
    loginEpoch: 0
  }
  const session: SessionRow = sessionRow(newSession(user.id))
  const row: SessionAndUser = { session, user, endedByClient: false, clientScopes: null }
  const store = { isCurrent: true }
  const published = new Set<unknown>(['k'])
  const tokens = createAccessTokens({
    config: { issuer: 'https://auth.example.com', accessTokenTtl: 600 },
    keys: {
      signer: () => ({ kid: 'k', alg: 'ES256', privatePem }),
      verifies: (kid: unknown) => published.has(kid)
    } as never,
    sessions: {
      keepsRows: () => true,
      withUser: async (id: string) => (id === session.id ? row : undefined),
      recallWithUser: (_id: string, use: (found?: SessionAndUser) => void) => use(store.isCurrent ? row : undefined)
    } as unknown as SessionStore,
    personalTokens: { session: async () => undefined },
    verify: verify ?? (async token => (token.startsWith('{') ? JSON.parse(token) : decoded(token))),
    newId: () => 'a-jti',
    now: clock.now
  })
  const recall = (token: string) => new Promise(resolve => tokens.recall(token, resolve))
  return { tokens, recall, clock, store, row, session, user, published }
}

t.test('A token does not outlive its session, and lives at least one second', async t => {
  const { tokens, session, user, clock } = create()
  const ending = (seconds: number) => ({
    ...session,
    idleExpiresAt: new Date(clock.now().getTime() + seconds * 1000)
  })
  t.equal(tokens.issue(ending(599), { user, audience, scope: ['me'] }).expiresIn, 599)
  t.equal(tokens.issue(ending(601), { user, audience, scope: ['me'] }).expiresIn, 600)
  t.equal(tokens.issue(ending(0.2), { user, audience, scope: ['me'] }).expiresIn, 1)
})

t.test('A token is valid for its user while the session lives (RFC 9068 §4)', async t => {
  const { tokens, session, user, clock } = create()
  const { token } = tokens.issue(session, { user, audience, scope: ['me', 'shop:buy'] })
  const auth = await tokens.authenticate(token)
  t.match(auth, { user, session, claims: { sid: session.id } })
  t.strictSame(auth?.scopes, ['me'], 'scopes that the user has lost are missing')
  clock.advance(599)
  t.ok(await tokens.authenticate(token))
  clock.advance(1)
  t.equal(await tokens.authenticate(token), undefined)
})

t.test('Tokens of ended sessions and of disabled or deleted users are refused', async t => {
  type Made = ReturnType<typeof create>
  const session = (members: Partial<SessionRow>) => (made: Made) => {
    made.row.session = { ...made.session, ...members }
  }
  const changes: Record<string, (made: Made) => void> = {
    ended: session({ revokedAt: start }),
    expired: session({ expiresAt: start }),
    'idle too long': session({ idleExpiresAt: start }),
    disabled: ({ row, user }) => {
      row.user = { ...user, disabled: true }
    },
    'ended by a change of the client': ({ row }) => {
      row.endedByClient = true
    }
  }
  for (const [name, change] of Object.entries(changes)) {
    const made = create()
    const { token } = made.tokens.issue(made.session, { user: made.user, audience, scope: ['me'] })
    t.ok(await made.tokens.authenticate(token))
    change(made)
    t.equal(await made.tokens.authenticate(token), undefined, name)
  }
  const { tokens, user, ...made } = create()
  const { token } = tokens.issue({ ...made.session, id: randomUUID() }, { user, audience, scope: ['me'] })
  t.equal(await tokens.authenticate(token), undefined, 'no such session')
})

t.test('Other kinds of token are refused, even with a valid signature (RFC 8725 §3.11, RFC 9068 §4)', async t => {
  const { tokens, session, user } = create()
  const made = decoded(tokens.issue(session, { user, audience, scope: ['me'] }).token)
  const variant = ({ header = {}, payload = {} }: { header?: object; payload?: object }) =>
    tokens.authenticate(
      JSON.stringify({ header: { ...made.header, ...header }, payload: { ...made.payload, ...payload } })
    )
  const exp = iat + 600
  for (const accepted of [
    ...['AT+JWT', 'application/at+jwt'].map(typ => ({ header: { typ } })),
    ...[{ nbf: iat }, { extra: true }, { aud: ['a', 'b'] }].map(payload => ({ payload }))
  ])
    t.ok(await variant(accepted), JSON.stringify(accepted))
  for (const refused of [
    ...[{ typ: 'JWT' }, { typ: undefined }, { typ: ['at+jwt', 'x'] }, { crit: ['exp'] }].map(header => ({ header })),
    ...[{ exp: iat }, { exp: String(exp) }, { exp: undefined }, { nbf: iat + 1 }, { nbf: 'soon' }, { sid: 7 }],
    ...[{ sid: undefined }, { scope: ['me'] }, { scope: undefined }, { aud: undefined }, { aud: 7 }]
  ])
    t.equal(await variant('header' in refused ? refused : { payload: refused }), undefined, JSON.stringify(refused))
})

t.test('A failing verifier is an error, not a bad token (never a false 401)', async t => {
  t.equal(await create(async () => undefined).tokens.authenticate('x'), undefined)
  for (const ill of [
    new StoreError('unavailable', 'gone'),
    new ConfigError(['SECRET is another']),
    new TypeError('a bug')
  ]) {
    await t.rejects(create(() => Promise.reject(ill)).tokens.authenticate('x'), ill)
  }
})

t.test('A token is verified once; its expiry and key are checked each time', async t => {
  let verifications = 0
  const created = create(async token => {
    verifications++
    return decoded(token)
  })
  const { tokens, session, user, clock, published } = created
  const { token } = tokens.issue(session, { user, audience, scope: ['me'] })
  for (let n = 0; n < 3; n++) t.ok(await tokens.authenticate(token))
  t.equal(verifications, 1)
  t.ok(await tokens.authenticate(`${token} `))
  t.equal(verifications, 2, 'one byte more is another token')
  published.delete('k')
  t.ok(await tokens.authenticate(token))
  t.equal(verifications, 3, 'a retired key is looked up again')
  published.add('k')
  clock.advance(600)
  t.equal(await tokens.authenticate(token), undefined, 'expired')
})

t.test('A token is recalled only after it was verified, and while nothing can have changed', async t => {
  const { tokens, recall, session, user, clock, store, row, published } = create()
  const { token } = tokens.issue(session, { user, audience, scope: ['me', 'shop:buy'] })
  t.equal(await recall(token), undefined, 'never verified')
  const auth = await tokens.authenticate(token)
  t.strictSame(await recall(token), auth)
  t.equal(await recall(`${token} `), undefined, 'another token')
  store.isCurrent = false
  t.equal(await recall(token), undefined, 'this needs a query to the store')
  store.isCurrent = true
  row.session = { ...session, revokedAt: start }
  t.equal(await recall(token), undefined, 'ended')
  row.session = session
  published.delete('k')
  t.equal(await recall(token), undefined, 'its key was retired')
  published.add('k')
  t.strictSame(await recall(token), auth)
  clock.advance(600)
  t.equal(await recall(token), undefined, 'expired')
})
