import { decodeJwt } from 'jose'
import { bearer, createVerifiedUser, password } from '../support/app.ts'
import { wrong } from '../support/email-codes.ts'
import { assertChallenged, challengeForm, codeOf, exchange, pkce } from './codes.ts'
import { clientOf } from './dpop-client.ts'
import { decision, excluded, must, reading, type Standard, should } from './scenarios.ts'
import { assertInvalidClient, assertRefused, assertTokens, assertUncached, type World } from './world.ts'

const first = ['password']
const second = ['otp', 'recovery_code']
/** What a step-up can ask for: an account without a second factor shows the password again. */
const again = ['password', ...second]
const begin = { response_type: 'code', ...pkce }
const shown = { username: 'alice', password }

/** The auth session of a login of alice that lacks only the code. */
const halfway = async ({ challenge }: World, form: Record<string, string> = {}): Promise<string> =>
  (await challenge({ ...challengeForm, ...form })).body.auth_session

const requests: Standard['scenarios'] = [
  must(
    '§4.1',
    'the endpoint takes a form by POST; another method gets 405, another body invalid_request',
    async ({ send, json, challenge }, t) => {
      t.equal((await challenge(challengeForm)).status, 200)
      const get = await send('GET', '/authorize-challenge')
      assertRefused(t, get, 'invalid_request', 405)
      t.equal(get.headers.allow, 'POST')
      assertRefused(t, await json('POST', '/authorize-challenge', challengeForm), 'invalid_request')
      assertRefused(t, await challenge(`${new URLSearchParams(challengeForm)}&scope=me&scope=me`), 'invalid_request')
    }
  ),
  must(
    '§4.1',
    'a client that authenticates at the token endpoint has to authenticate here too (§9.4)',
    async ({ challenge, confidential }, t) => {
      const { id, secret, headers } = await confidential()
      const wrong = { client_id: id, client_secret: 'wrong' }
      for (const form of [{ client_id: id }, wrong])
        assertInvalidClient(t, await challenge({ ...challengeForm, ...form }))
      t.equal((await challenge(challengeForm, headers)).status, 200)
      t.equal((await challenge({ ...challengeForm, client_id: id, client_secret: secret })).status, 200)
    }
  ),
  must(
    '§4.1',
    'a confidential client authenticates for every step, also where the auth session names it',
    async ({ challenge, confidential }, t) => {
      const { id, headers } = await confidential()
      const auth_session = assertChallenged(t, await challenge(begin, headers), first)
      assertInvalidClient(t, await challenge({ auth_session, ...shown }))
      assertInvalidClient(t, await challenge({ auth_session, ...shown, client_id: id }))
      t.equal((await challenge({ auth_session, ...shown }, headers)).status, 200)
    }
  ),
  must(
    '§4.1',
    'scope and resource of the first request count for the whole login (RFC 6749 §3.3, RFC 8707 §2.1)',
    { settings: { resources: ['https://api.example.com orders:read orders:write'] } },
    async (world, t) => {
      await world.app.userAdmin.update(world.alice.id, { scopes: ['me', 'orders:read', 'orders:write'] }, {})
      const resource = 'https://api.example.com'
      const { auth_session } = (await world.challenge({ ...begin, scope: 'me orders:read', resource })).body
      const more = { scope: 'orders:write', resource: world.config.issuer }
      const { authorization_code } = (await world.challenge({ auth_session, ...shown, ...more })).body
      const { body } = await exchange(world, authorization_code)
      t.match(decodeJwt(body.access_token), { aud: resource, scope: 'orders:read' })
      t.equal((await world.refresh(body.refresh_token)).body.scope, 'me orders:read', 'the login has both')
      assertRefused(
        t,
        await world.challenge({ ...challengeForm, resource: 'https://unknown.example' }),
        'invalid_target'
      )
      assertRefused(t, await world.challenge({ ...challengeForm, scope: 'unknown' }), 'invalid_scope')
    }
  ),
  must('§5.1', 'response_type is required, and is code', async ({ challenge }, t) => {
    for (const response_type of ['', 'token', 'Code', 'code id_token']) {
      const error = response_type ? 'unsupported_response_type' : 'invalid_request'
      assertRefused(t, await challenge({ ...challengeForm, response_type }), error)
    }
  }),
  must(
    '§5.1',
    'a step with an auth session may omit response_type, and a public client its client_id',
    async (world, t) => {
      const client_id = await world.publicClient()
      const named = assertChallenged(t, await world.challenge({ ...begin, client_id }), first)
      const { authorization_code } = (await world.challenge({ auth_session: named, ...shown })).body
      assertTokens(t, await exchange(world, authorization_code, { client_id }))
      const again = assertChallenged(t, await world.challenge({ ...begin, client_id }), first)
      t.equal((await world.challenge({ auth_session: again, ...shown, client_id, response_type: 'code' })).status, 200)
    }
  ),
  must(
    '§5.1',
    'a client_id beside an auth session has to be that of its client',
    async ({ challenge, publicClient, confidential }, t) => {
      const [one, other] = [await publicClient(), await publicClient('other')]
      const { headers } = await confidential()
      const { auth_session } = (await challenge({ ...begin, client_id: one })).body
      for (const client_id of [other, 'first-party'])
        assertRefused(t, await challenge({ auth_session, ...shown, client_id }), 'invalid_session')
      assertRefused(t, await challenge({ auth_session, ...shown }, headers), 'invalid_session')
      t.equal((await challenge({ auth_session, ...shown, client_id: one })).status, 200)
    }
  ),
  must(
    '§5',
    'only clients that are registered for the grant can use the endpoint (§9.1)',
    async ({ challenge, publicClient }, t) => {
      const client_id = await publicClient('third party', { grants: ['password', 'refresh_token'] })
      assertRefused(t, await challenge({ ...challengeForm, client_id }), 'unauthorized_client')
      assertRefused(t, await challenge({ ...begin, client_id }), 'unauthorized_client')
    }
  ),
  decision(
    '§9.1',
    'without the built-in client, a request has to name a registered one',
    { settings: { firstPartyClient: 'off' } },
    async ({ challenge, publicClient }, t) => {
      assertInvalidClient(t, await challenge(challengeForm))
      t.equal((await challenge({ ...challengeForm, client_id: await publicClient() })).status, 200)
    }
  )
]

const codesInTheMail: Standard['scenarios'] = [
  decision(
    'Appendix B',
    'e-mail confirmation code: the first request names the user, the second has the code of the message',
    { settings: { emailCodes: 'on' } },
    async (world, t) => {
      const { app, alice, challenge } = world
      const user = await createVerifiedUser(app, 'carol')
      const named = (username: string) => ({ ...begin, username, factor: 'email_code' })
      const withCodes = [...first, 'email_code']
      const auth_session = assertChallenged(t, await challenge(named('carol')), withCodes)
      const email_code = String(await app.emailCodes.codeFor(user, String(user.email)))
      assertChallenged(t, await challenge({ auth_session, email_code: wrong(email_code) }), withCodes)
      const tokens = await exchange(world, (await challenge({ auth_session, email_code })).body.authorization_code)
      assertTokens(t, tokens)
      t.match(decodeJwt(tokens.body.access_token), { sub: user.id, acr: 'aal1', amr: ['email'] })
      t.ok((await app.db.users.byId(alice.id))?.emailVerified === false, 'alice gets no code, and the same answer')
      assertChallenged(t, await challenge(named('alice')), withCodes)
      assertChallenged(t, await challenge(named('no one')), withCodes)
    }
  ),
  decision('Appendix B', 'a server without codes refuses them, and does not list them', async ({ challenge }, t) => {
    assertRefused(t, await challenge({ ...begin, username: 'alice', factor: 'email_code' }), 'invalid_request')
    assertChallenged(t, await challenge(begin), first)
  })
]

const responses: Standard['scenarios'] = [
  must(
    '§5.2.1',
    'enough is answered with 200, JSON with authorization_code, and Cache-Control: no-store',
    async (world, t) => {
      const answer = await world.challenge(challengeForm)
      t.equal(answer.status, 200)
      t.match(answer.headers['content-type'], /^application\/json/)
      assertUncached(t, answer)
      t.same(Object.keys(answer.body), ['authorization_code'])
      assertTokens(t, await exchange(world, answer.body.authorization_code))
    }
  ),
  must(
    '§5.2.2',
    'a request that shows nothing is 403 insufficient_authorization with an auth session (§5.2.2.1)',
    async ({ challenge }, t) => {
      const auth_session = assertChallenged(t, await challenge(begin), first)
      assertChallenged(t, await challenge({ auth_session }), first)
      assertChallenged(t, await challenge({ auth_session, username: 'alice' }), first)
      assertChallenged(t, await challenge({ auth_session, otp: '123456' }), first)
    }
  ),
  must(
    '§5.2.2',
    'a password alone of an account with a second factor is 403 insufficient_authorization, then a code is enough',
    async (world, t) => {
      const { code } = await world.enrol()
      const auth_session = assertChallenged(t, await world.challenge(challengeForm), second)
      const wrong = assertChallenged(t, await world.challenge({ auth_session, otp: code(5) }), second)
      const answer = await world.challenge({ auth_session: wrong, otp: code() })
      t.equal(answer.status, 200)
      const tokens = await exchange(world, answer.body.authorization_code)
      assertTokens(t, tokens)
      t.match(decodeJwt(tokens.body.access_token), { acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] })
    }
  ),
  decision('§5.2.2', 'a password and a code, or a recovery code, in one request are enough', async (world, t) => {
    const { code, recoveryCodes } = await world.enrol()
    for (const form of [{ otp: code() }, { password: password + code(-1) }, { recovery_code: recoveryCodes[0] ?? '' }])
      assertTokens(t, await exchange(world, await codeOf(world, form)))
  }),
  decision(
    '§5.2.2',
    'a challenge says nothing about the account: a wrong password and an unknown user get the same response',
    async (world, t) => {
      await world.enrol()
      const wrong = { password: 'a wrong password it is' }
      const answers = [
        await world.challenge({ ...challengeForm, ...wrong }),
        await world.challenge({ ...challengeForm, ...wrong, username: 'mallory' }),
        await world.challenge({ ...challengeForm, ...wrong, otp: '123456' })
      ]
      for (const answer of answers) {
        assertRefused(t, answer, 'invalid_grant')
        t.equal(answer.text, answers[0]?.text)
      }
    }
  ),
  must(
    '§5.2.2.1',
    'errors of RFC 6749 keep their names: a wrong password is invalid_grant, two codes are invalid_request',
    async (world, t) => {
      const { code } = await world.enrol()
      assertRefused(t, await world.challenge({ ...challengeForm, password: 'a wrong password' }), 'invalid_grant')
      const both = { otp: code(), recovery_code: 'AAAA-BBBB-CCCC-DDDD' }
      assertRefused(t, await world.challenge({ ...challengeForm, ...both }), 'invalid_request')
      assertRefused(t, await world.challenge({ ...challengeForm, otp: '12345' }), 'invalid_request')
    }
  )
]

const authSessions: Standard['scenarios'] = [
  must(
    '§5.2.2.1',
    'an auth session that is cut, altered, or a token for another purpose is invalid_session',
    async (world, t) => {
      const { code } = await world.enrol()
      const token = await halfway(world)
      const altered = `${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}`
      const otherCode = await codeOf(world, { otp: code(-1) })
      const { access_token, refresh_token } = await world.tokens({ otp: code() })
      for (const auth_session of [token.slice(0, -4), altered, 'x', otherCode, access_token, refresh_token])
        assertRefused(t, await world.challenge({ auth_session, ...shown }), 'invalid_session')
    }
  ),
  must(
    '§5.2.2.1',
    'an auth session is spent by the code that it leads to, also of two concurrent requests',
    async (world, t) => {
      const { code } = await world.enrol()
      const auth_session = await halfway(world)
      const answers = await Promise.all([
        world.challenge({ auth_session, otp: code() }),
        world.challenge({ auth_session, otp: code(-1) })
      ])
      t.same(answers.map(({ status }) => status).sort(), [200, 400])
      assertRefused(t, await world.challenge({ auth_session, otp: code() }), 'invalid_session')
      assertRefused(t, await world.challenge({ auth_session, ...shown }), 'invalid_session')
    }
  ),
  should(
    '§9.6.1',
    'an auth session that began with a DPoP proof continues with that key only, and so does its code (§9.5)',
    async (world, t) => {
      const { code } = await world.enrol()
      const [owner, thief] = [clientOf(world), clientOf(world)]
      const proofOf = (client: typeof owner) => ({ dpop: client.proof('POST', '/authorize-challenge') })
      const { auth_session } = (await world.challenge(challengeForm, proofOf(owner))).body
      const form = { auth_session, otp: code() }
      assertRefused(t, await world.challenge(form), 'invalid_session')
      assertRefused(t, await world.challenge(form, proofOf(thief)), 'invalid_session')
      const { authorization_code } = (await world.challenge(form, proofOf(owner))).body
      assertRefused(t, await exchange(world, authorization_code), 'invalid_grant')
      const redeemed = await exchange(world, authorization_code, {}, { dpop: owner.proof('POST', '/token') })
      t.equal(redeemed.body.token_type, 'DPoP')
    }
  ),
  decision('§9.6.2', 'an auth session expires after ten minutes, as auth_session_expires_in says', async (world, t) => {
    const { code } = await world.enrol()
    const [early, late] = [await halfway(world), await halfway(world)]
    world.clock.advance(599)
    t.equal((await world.challenge({ auth_session: early, otp: code() })).status, 200)
    world.clock.advance(1)
    assertRefused(t, await world.challenge({ auth_session: late, otp: code() }), 'invalid_session')
  }),
  decision(
    '§9.6.2',
    'an auth session is void once the password has changed, or the account was disabled',
    async (world, t) => {
      const { code, tokens } = await world.enrol()
      const auth_session = await halfway(world)
      t.equal((await world.changePassword(tokens.access_token)).status, 200)
      assertRefused(t, await world.challenge({ auth_session, otp: code() }), 'invalid_session')
      const renewed = await halfway(world, { password: 'purple monkey dishwasher lamp' })
      await world.app.userAdmin.update(world.alice.id, { disabled: true }, {})
      assertRefused(t, await world.challenge({ auth_session: renewed, otp: code() }), 'invalid_session')
    }
  ),
  must(
    '§5.3.1',
    'an auth session is opaque: encrypted, under a key that 264 random bits name, and another one in each response',
    async (world, t) => {
      await world.enrol()
      const [one, other] = [await halfway(world), await halfway(world)]
      t.not(one.slice(0, 24), other.slice(0, 24))
      const text = Buffer.from(one, 'base64url').toString('latin1')
      for (const inside of ['alice', world.alice.id, 'first-party']) t.notOk(`${one}${text}`.includes(inside))
      t.notOk(text.includes('pwd'))
    }
  ),
  should('§9.3', 'guesses of a code count for the account, whichever auth sessions they use', async (world, t) => {
    const { code } = await world.enrol()
    const [one, other] = [await halfway(world), await halfway(world)]
    for (let i = 0; i < 10; i++)
      assertChallenged(t, await world.challenge({ auth_session: i % 2 ? one : other, otp: code(10 + i) }), second)
    for (const auth_session of [one, other])
      assertRefused(t, await world.challenge({ auth_session, otp: code() }), 'temporarily_unavailable', 429)
  }),
  should(
    '§9.3',
    'guesses of a password at this endpoint and at the token endpoint are counted together',
    async ({ challenge, logIn }, t) => {
      for (let i = 0; i < 10; i++) {
        const guess = { password: `a guess, and number ${i}` }
        assertRefused(t, await (i % 2 ? challenge({ ...challengeForm, ...guess }) : logIn(guess)), 'invalid_grant')
      }
      assertRefused(t, await challenge(challengeForm), 'temporarily_unavailable', 429)
      assertRefused(t, await logIn(), 'temporarily_unavailable', 429)
    }
  )
]

const tokenEndpoint: Standard['scenarios'] = [
  must('§6', 'the code is exchanged as RFC 6749 §4.1.3 says, without a redirect_uri', async (world, t) => {
    const answer = await exchange(world, await codeOf(world))
    assertTokens(t, answer)
    t.equal((await world.me(answer.body.access_token)).status, 200)
  }),
  must(
    '§6.2',
    'a password alone of an account with a second factor is 403 insufficient_authorization, and a code continues it',
    [
      [
        'auth/login/user-login.test.ts',
        'A right password alone asks for more, and says how (draft-ietf-oauth-first-party-apps §6.2)'
      ]
    ]
  ),
  must('§6.2', 'a refresh that asks for more than the login has is 403, and a code raises the same session', [
    [
      'routes/authorize-challenge.test.ts',
      'A refresh that asks for more gets an auth session, whose code raises the same login'
    ]
  ]),
  must(
    '§6.2',
    'a step-up of a session that has ended is invalid_session, and its code invalid_grant',
    async (world, t) => {
      const { tokens, code } = await world.enrol()
      world.clock.advance(600)
      const stale = async () => (await world.refresh(tokens.refresh_token, { max_age: '60' })).body.auth_session
      const [one, other] = [await stale(), await stale()]
      const { authorization_code } = (await world.challenge({ auth_session: one, ...pkce, otp: code() })).body
      await world.post('/revoke', { token: tokens.refresh_token })
      assertRefused(t, await exchange(world, authorization_code), 'invalid_grant')
      assertRefused(t, await world.challenge({ auth_session: other, ...pkce, otp: code(-1) }), 'invalid_session')
    }
  ),
  must('§6.2', 'a step-up is for the user of the session: the password of another one is refused', async (world, t) => {
    await world.app.users.register({ username: 'bob', password }, {})
    const { refresh_token } = await world.tokens()
    world.clock.advance(600)
    const auth_session = assertChallenged(t, await world.refresh(refresh_token, { max_age: '60' }), again)
    assertRefused(t, await world.challenge({ auth_session, ...pkce, username: 'bob', password }), 'invalid_grant')
    t.equal((await world.challenge({ auth_session, ...pkce, password })).status, 200)
  }),
  should('§8', 'the metadata has authorization_challenge_endpoint, and the endpoint is there (§4.1)', [
    ['conformance/rfc8414.ts', 'RFC 8414 §2: every listed endpoint answers at its listed URL']
  ]),
  decision('§4.1', 'secrets in the URL are refused, also with a valid form (RFC 6749 §2.3.1)', async ({ post }, t) => {
    for (const name of ['password', 'otp', 'recovery_code', 'auth_session', 'client_secret'])
      assertRefused(t, await post(`/authorize-challenge?${name}=x`, challengeForm), 'invalid_request')
  }),
  decision(
    '§9.5',
    'a bearer token at the endpoint is a failed client authentication',
    async ({ challenge, tokens }, t) => {
      assertInvalidClient(t, await challenge(challengeForm, bearer((await tokens()).access_token)))
    }
  )
]

const onlyRedirects = 'There are no pages for a login, so no redirect can help. The error is never sent.'

export const firstPartyApps: Standard = {
  name: 'OAuth 2.0 for First-Party Applications',
  title: 'draft-ietf-oauth-first-party-apps-04',
  date: '1 July 2026',
  table: 'first-party-apps',
  scenarios: [...requests, ...responses, ...codesInTheMail, ...authSessions, ...tokenEndpoint],
  notApplicable: [
    excluded(
      '§4.1',
      'the endpoint has an https URL',
      'TLS ends in the proxy in front of Sallyport. `ISSUER` is the https URL.'
    ),
    excluded('§5.2.2.1.1', 'redirect_to_web, request_uri and expires_in', onlyRedirects),
    excluded(
      '§6.1',
      'auth_session in a successful token response',
      'It is optional. A step-up begins with a refresh, whose 403 has one for the same session.'
    ),
    excluded(
      '§7',
      'a client passes acr_values, max_age and scope of a 401 on to a new request',
      'It binds the client. The values are accepted here, and in a refresh.'
    ),
    excluded(
      '§9.1, §9.4',
      'attestation of the app',
      'It is optional, and the operator decides which clients are registered for the grant.'
    ),
    excluded(
      '§9.7, §9.8',
      'several apps look alike and share an SDK; browser apps do not use the endpoint',
      'It binds the apps. A browser app logs in at the token endpoint, with the code in the same form.'
    )
  ],
  readings: [
    reading(
      'all',
      'Which text was read?',
      '-03 whole. Of -04, which could not be had, the changes that others quote, on 2 December 2026.'
    ),
    reading(
      '§5.1',
      'response_type is required. Is it required of a step with an auth session too?',
      'No: the examples of Appendix B omit it there, and §5.3 leaves such requests to the server.'
    ),
    reading(
      '§5.2.2',
      'Which status does a challenge have?',
      '403 at both endpoints, as -04 says. Until 0.3.0 it was 400 at the challenge endpoint, as in -03.'
    ),
    reading(
      '§5.2.2',
      'How does a client know what the user can show next?',
      'From `factors`, a list of the names of parameters. It is the same for every account, so that it says nothing ' +
        'about one.'
    ),
    reading(
      '§5.3.1',
      'Does a refused step use up the auth session?',
      'No: the user may try again with it, or with the new one of the response. The throttle bounds the guesses.'
    )
  ]
}
