import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { Extensions } from '../../src/auth/extensions/extensions.ts'
import type { Config } from '../../src/config/config.ts'
import { callWith } from './administrator.ts'
import { bearer, createApp, createVerifiedUser, logIn, postForm } from './app.ts'

/** The `grant_type` of a token exchange. */
export const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'
/** The `subject_token_type` of a personal access token. */
export const personalTokenType = 'urn:sallyport:token-type:personal-access-token'

/** The scopes of alice in `withTokens`. */
export const scopes = ['me', 'users:read', 'reports:read', 'reports:write', 'orders:read']
/** An API with some of these scopes, and another one. */
export const [reports, orders] = ['https://reports.example.com', 'https://orders.example.com']

/** A personal access token, created with this access token of a login. */
export async function createToken(app: FastifyInstance, accessToken: string, members: object = {}) {
  const payload = { name: 'nightly report', ...members }
  const answer = await app.inject({ method: 'POST', url: '/users/me/tokens', headers: bearer(accessToken), payload })
  if (answer.statusCode !== 201) throw new Error(`no token: ${answer.body}`)
  return answer.json() as { id: string; token: string; scopes: string[]; expires_at: string }
}

/** An app with two APIs. */
export function createTokenApp(t: Test, settings: Partial<Config> = {}, extensions: Extensions = {}) {
  const resources = [`${reports} reports:read reports:write`, `${orders} orders:read`]
  return createApp(t, { resources, ...settings }, {}, extensions)
}

/** Such an app with alice. */
export const createTokenWorld = async (t: Test, settings?: Partial<Config>, extensions?: Extensions) =>
  await withTokens(await createTokenApp(t, settings, extensions), 'alice')

let number = 0

/**
 * A new account with a verified address and scopes of both APIs, its login, and a public client that may exchange tokens
 * for `reports:read` and `orders:read`.
 */
export async function withTokens(
  { app, clock, config }: Awaited<ReturnType<typeof createTokenApp>>,
  username = `alice${++number}`
) {
  const { id, email } = await createVerifiedUser(app, username)
  await app.userAdmin.update(id, { scopes }, {})
  const { client } = await app.clientAdmin.create(
    {
      name: `scripts of ${username}`,
      confidential: false,
      grants: [exchangeGrant],
      scopes: ['me', 'reports:read', 'orders:read']
    },
    {}
  )
  const { access_token } = await logIn(app, { username })
  const call = callWith(app, access_token)

  return {
    app,
    clock,
    config,
    username,
    id,
    client,
    accessToken: access_token,
    /** A request with the login. */
    call,

    /** A personal access token of the account. */
    create: (members: object = {}) => createToken(app, access_token, members),

    /** Exchanges the token. */
    exchange: (subject_token: string, form: Record<string, string> = {}, from = '127.0.0.1') =>
      postForm(
        app,
        '/token',
        {
          grant_type: exchangeGrant,
          subject_token,
          subject_token_type: personalTokenType,
          client_id: client.id,
          ...form
        },
        {},
        from
      ),

    /** The tokens of the account that have not expired. */
    list: async () => (await app.personalTokens.list({ id })).map(app.personalTokens.describe),

    /** The events of personal access tokens, the first one first. */
    events: async () =>
      (await app.audit.page({ subject: id, limit: 100 })).items
        .filter(({ action }) => action.startsWith('personal_token'))
        .reverse(),

    /** The kinds of the messages about personal access tokens that are queued. */
    mails: async () =>
      (await app.db.mail.due(new Date('9999-01-01'), 100))
        .filter(({ kind, address }) => kind.startsWith('token_') && address === email)
        .map(({ kind }) => kind)
  }
}
