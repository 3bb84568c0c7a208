import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { VerifiedPasskey } from '../../src/auth/passkeys/assertion.ts'
import type { Passkeys } from '../../src/auth/passkeys/passkeys.ts'
import type { Config } from '../../src/config/config.ts'
import { createApp, createVerifiedUser } from './app.ts'
import { uncounted } from './attempts.ts'
import { type Authenticator, createAuthenticator, type Faults } from './authenticator.ts'
import { auditTrail } from './store.ts'

/**
 * A new login of a user, by default with two factors if the account has a second: user, session and access token.
 */
export async function logInDirectly(app: FastifyInstance, audience: string, username: string, methods?: string[]) {
  const user = await app.userAdmin.byIdOrName(username)
  const client = await app.clients.authenticate({}, { authorization: undefined, ip: null })
  const device = { ip: '192.0.2.1', userAgent: null }
  const amr = methods ?? (user.secondFactorAt === null ? ['pwd'] : ['pwd', 'otp', 'mfa'])
  const session = await app.sessions.startLogin(user, client, ['me'], device, { ...uncounted(), amr })
  if (!session) throw new Error('The login has no session.')
  const { token } = app.accessTokens.issue(session, { user, audience, scope: ['me'] })
  return { token, session, user }
}

export type PasskeyWorld = Awaited<ReturnType<typeof createPasskeyWorld>>

/**
 * An app with passkeys for example.com and the accounts alice and bob, whose addresses are verified; `createServices`
 * makes one for a test that sends no request.
 */
export async function createPasskeyWorld(
  t: Test,
  settings: Partial<Config> = {},
  create: (t: Test, settings: Partial<Config>) => ReturnType<typeof createApp> = createApp
) {
  const made = await create(t, { rpId: 'example.com', ...settings })
  const { app, clock, config } = made
  const { passkeys } = app
  if (!passkeys) throw new Error('Passkeys are off.')
  for (const name of ['alice', 'bob']) await createVerifiedUser(app, name)

  const logIn = (username = 'alice', amr?: string[]) => logInDirectly(app, config.issuer, username, amr)

  return {
    ...made,
    passkeys,
    logIn,

    /** Adds a passkey to an account through a new login. */
    async add(authenticator: Authenticator = createAuthenticator(), faults: Faults = {}, username = 'alice') {
      const { user, session } = await logIn(username)
      const response = authenticator.create(await passkeys.registrationOptions(user), faults)
      const added = await passkeys.register(
        user,
        session,
        { name: 'Phone', response },
        { actor: user.id, ip: '192.0.2.1' }
      )
      return { ...added, authenticator, session }
    },

    /** The events about second factors. */
    events: async () => (await auditTrail(t, config.databaseUrl)).filter(({ action }) => action.startsWith('factor.')),

    /** The kinds of the queued messages about second factors. */
    notices: async () =>
      (await app.db.mail.due(clock.now(), 100)).map(({ kind }) => kind).filter(kind => /^(factor|passkey)_/.test(kind))
  }
}

/** A challenge of 32 bytes that a login might use. */
export const challenge = Buffer.alloc(32, 'c').toString('base64url')

/** Verifies a response as a login does: a copied passkey is reported, and proves nothing. */
export async function verifyAsLogin(
  passkeys: Passkeys,
  response: unknown,
  { ip = null, ...asked }: { challenge: string; hasFirstFactor: boolean; ip?: string | null }
) {
  const answer = await passkeys.verify(response, asked)
  const found = answer === 'unknown' ? undefined : answer
  if (!found?.copied) return found
  await passkeys.reportCopy(found, ip)
  return undefined
}

/** Uses up what a verified passkey uses up, with the challenge `id`. */
export const usePasskey = (app: FastifyInstance, { user, use }: VerifiedPasskey, id = 'login-challenge') =>
  app.db.secondFactors.use(
    user,
    { ...use, spent: [{ id, expiresAt: app.clock.now() }] },
    app.auditEvents.event('code.issued')
  )
