import { decodeJwt } from 'jose'
import * as client from 'openid-client'
import t, { type Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { basic as basicHeader, createVerifiedUser, password } from '../support/app.ts'
import { startWithFactor } from '../support/enrolled.ts'
import { createConfidentialClient } from '../support/server.ts'

const insecure: client.DiscoveryRequestOptions = { algorithm: 'oauth2', execute: [client.allowInsecureRequests] }
const login = { username: 'alice', password, scope: 'me' }

/** A way to be a client: its configuration, and what it adds to a form that the library does not send. */
interface Party {
  config: client.Configuration
  form: Record<string, string>
  headers: Record<string, string>
}

/** alice, who has an authenticator app, and openid-client as a confidential and as a public client. */
async function discover(t: Test, settings: Partial<Config> = {}) {
  const server = await startWithFactor(t, settings)
  const issuer = new URL(server.url)
  const { id, secret } = await createConfidentialClient(server)
  const registration = {
    name: 'phone',
    confidential: false,
    grants: ['password', 'refresh_token', 'authorization_code']
  }
  const phone = (await server.app.clientAdmin.create({ ...registration, scopes: ['me'] })).client.id
  const parties: Record<'confidential' | 'public', Party> = {
    confidential: {
      config: await client.discovery(issuer, id, undefined, client.ClientSecretBasic(secret), insecure),
      form: {},
      headers: basicHeader(id, secret)
    },
    public: {
      config: await client.discovery(issuer, phone, undefined, client.None(), insecure),
      form: { client_id: phone },
      headers: {}
    }
  }
  return { ...server, parties, me: new URL('/users/me', issuer) }
}

/** A step at the authorization challenge endpoint, for which openid-client has no function. */
async function step({ config, form, headers }: Party, shown: Record<string, string>) {
  const endpoint = String(config.serverMetadata().authorization_challenge_endpoint)
  const body = new URLSearchParams({ ...form, ...shown })
  const answer = await fetch(endpoint, { method: 'POST', body, headers })
  return (await answer.json()) as { auth_session: string; authorization_code: string }
}

/** The tokens for a code, with the library's own grant. It reads the code from the URL of a redirect. */
const exchange = ({ config }: Party, code: string, pkceCodeVerifier: string) =>
  client.authorizationCodeGrant(config, new URL(`http://127.0.0.1/?${new URLSearchParams({ code })}`), {
    pkceCodeVerifier
  })

/** A new verifier, and the parameters of its challenge. */
async function pkce() {
  const verifier = client.randomPKCECodeVerifier()
  const code_challenge = await client.calculatePKCECodeChallenge(verifier)
  return { verifier, challenge: { code_challenge, code_challenge_method: 'S256' } }
}

/** The error of openid-client that a call rejects with. */
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => t.fail('nothing was refused') as never,
    (error: client.ResponseBodyError) => error
  )

for (const kind of ['confidential', 'public'] as const) {
  t.test(`openid-client logs an enrolled account in with the password grant, as a ${kind} client`, async t => {
    const { parties, factor, me, alice } = await discover(t)
    const { config } = parties[kind]

    const challenged = await refusal(client.genericGrantRequest(config, 'password', login))
    t.equal(challenged.constructor.name, 'ResponseBodyError')
    t.match(challenged, { error: 'insufficient_authorization', status: 403, error_description: /^Send otp / })
    t.match(challenged.cause, { auth_session: /./, factors: ['otp', 'recovery_code'] }, 'the body is in the cause')

    const forms = [
      { ...login, otp: factor.code() },
      { ...login, password: password + factor.code(-1) },
      { ...login, recovery_code: factor.recoveryCodes[0] ?? '' }
    ]
    for (const form of forms) {
      const tokens = await client.genericGrantRequest(config, 'password', form)
      t.match(decodeJwt(tokens.access_token), { acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] })
      const answer = await client.fetchProtectedResource(config, tokens.access_token, me, 'GET')
      t.match(await answer.json(), { id: alice.id })
      t.ok((await client.refreshTokenGrant(config, String(tokens.refresh_token))).refresh_token)
    }
  })

  t.test(`openid-client exchanges a code of the challenge endpoint as a ${kind} client`, async t => {
    const { parties, factor, me, alice } = await discover(t)
    const party = parties[kind]
    const { verifier, challenge } = await pkce()

    const first = await step(party, { response_type: 'code', ...challenge, scope: 'me' })
    t.match(first, { error: 'insufficient_authorization', factors: ['password'] })
    const second = await step(party, { auth_session: first.auth_session, username: 'alice', password })
    t.match(second, { error: 'insufficient_authorization', factors: ['otp', 'recovery_code'] })
    const third = await step(party, { auth_session: second.auth_session, otp: factor.code() })

    t.match(await refusal(exchange(party, third.authorization_code, client.randomPKCECodeVerifier())), {
      error: 'invalid_grant',
      status: 400
    })
    const tokens = await exchange(party, third.authorization_code, verifier)
    t.match(decodeJwt(tokens.access_token), { acr: 'aal2', sub: alice.id, scope: 'me' })
    t.equal((await client.fetchProtectedResource(party.config, tokens.access_token, me, 'GET')).status, 200)
    t.match(await refusal(exchange(party, third.authorization_code, verifier)), { error: 'invalid_grant' })
  })

  t.test(`openid-client logs in with a code in the mail as a ${kind} client, and with the app after it`, async t => {
    const { app, parties, factor, mailed, me } = await discover(t, { emailCodes: 'on' })
    await createVerifiedUser(app, 'bob')
    const party = parties[kind]
    const logIn = async (username: string, afterwards = {}) => {
      const { verifier, challenge } = await pkce()
      const begin = { response_type: 'code', factor: 'email_code', username, scope: 'me' }
      const asked = await step(party, { ...begin, ...challenge })
      t.match(asked, { error: 'insufficient_authorization', factors: ['password', 'email_code'] })
      let shown = await step(party, { auth_session: asked.auth_session, email_code: await mailed(username) })
      if (shown.auth_session) shown = await step(party, { auth_session: shown.auth_session, ...afterwards })
      const tokens = await exchange(party, shown.authorization_code, verifier)
      t.equal((await client.fetchProtectedResource(party.config, tokens.access_token, me, 'GET')).status, 200)
      t.ok(await client.refreshTokenGrant(party.config, String(tokens.refresh_token)))
      return decodeJwt(tokens.access_token)
    }
    t.match(await logIn('bob'), { acr: 'aal1', amr: ['email'], scope: 'me' })
    t.match(await logIn('alice', { otp: factor.code() }), { acr: 'aal1', amr: ['email', 'otp'] })
  })

  t.test(`openid-client steps up through a refresh with acr_values, as a ${kind} client`, async t => {
    const { parties, factor, clock, app } = await discover(t)
    await app.users.register({ username: 'bob', password }, {})
    const party = parties[kind]
    const { config } = party
    const tokens = await client.genericGrantRequest(config, 'password', { ...login, otp: factor.code() })
    const refreshed = await client.refreshTokenGrant(config, String(tokens.refresh_token), { acr_values: 'aal2' })
    clock.advance(900)
    const asked = { acr_values: 'aal2', max_age: '300' }
    const refused = await refusal(client.refreshTokenGrant(config, String(refreshed.refresh_token), asked))
    t.match(refused, { error: 'insufficient_authorization', status: 403 })

    const { verifier, challenge } = await pkce()
    const { auth_session } = refused.cause as { auth_session: string }
    const shown = await step(party, { auth_session, ...challenge, otp: factor.code() })
    const raised = await exchange(party, shown.authorization_code, verifier)
    t.equal(decodeJwt(raised.access_token).sid, decodeJwt(tokens.access_token).sid, 'the session is the same')
    t.ok(await client.refreshTokenGrant(config, String(raised.refresh_token), asked))

    const ofBob = await client.genericGrantRequest(config, 'password', { ...login, username: 'bob' })
    t.equal(decodeJwt(ofBob.access_token).acr, 'aal1')
    t.match(await refusal(client.refreshTokenGrant(config, String(ofBob.refresh_token), { acr_values: 'aal2' })), {
      error: 'unmet_authentication_requirements'
    })
  })
}

t.test('openid-client gets tokens with a password alone of an account without a second factor', async t => {
  const { parties, app } = await discover(t)
  await app.users.register({ username: 'bob', password }, {})
  for (const party of Object.values(parties)) {
    const { verifier, challenge } = await pkce()
    const shown = await step(party, { response_type: 'code', ...challenge, username: 'bob', password })
    const tokens = await exchange(party, shown.authorization_code, verifier)
    t.match(decodeJwt(tokens.access_token), { acr: 'aal1', amr: ['pwd'] })
  }
})
