import { builtInScopes } from '../../src/auth/scopes.ts'
import { sha256 } from '../../src/base/secrets.ts'
import { basic, bearer, createUser, password } from '../support/app.ts'
import { challengeForm, codeOf, exchange, pkce } from './codes.ts'
import { decision, excluded, must, reading, type Standard, should } from './scenarios.ts'
import { assertInvalidClient, assertRefused, assertTokens, assertUncached, passwordForm, type World } from './world.ts'

const encoded = (form: Record<string, string>) => new URLSearchParams(form).toString()
const percentEncodeAll = (text: string) =>
  [...Buffer.from(text)].map(byte => `%${byte.toString(16).padStart(2, '0')}`).join('')
const basicOf = (text: string, scheme = 'Basic') => ({
  authorization: `${scheme} ${Buffer.from(text).toString('base64')}`
})

/** A confidential client whose secret needs encoding. Secrets that the server creates never do. */
async function clientWithSecret({ app, clock, confidential }: World, secret: string) {
  const { id } = await confidential()
  await app.db.clients.update(
    await app.clientAdmin.byIdOrName(id),
    { secretHash: sha256(secret), updatedAt: clock.now() },
    app.auditEvents.event('client.secret_rotated', { subject: id })
  )
  return id
}

const clients: Standard['scenarios'] = [
  must(
    '§2.2',
    'every client has its own identifier, which is not a secret',
    async ({ confidential, publicClient }, t) => {
      const ids = [(await confidential('one')).id, (await confidential('two')).id, await publicClient()]
      t.equal(new Set(ids).size, 3)
      for (const id of ids) t.match(id, /^c_[0-9a-f-]{36}$/)
    }
  ),
  must('§2.3', 'a request with two ways of client authentication is refused', async ({ logIn, confidential }, t) => {
    const { id, secret, headers } = await confidential()
    assertRefused(t, await logIn({ client_id: id, client_secret: secret }, headers), 'invalid_request')
    assertRefused(t, await logIn({ client_secret: secret }, headers), 'invalid_request')
  }),
  decision(
    '§2.3',
    'with HTTP Basic, a client_id of the same client is accepted, and one of another client is refused',
    async ({ logIn, confidential, publicClient }, t) => {
      const { id, headers } = await confidential()
      assertTokens(t, await logIn({ client_id: id }, headers))
      assertRefused(t, await logIn({ client_id: await publicClient() }, headers), 'invalid_request')
    }
  ),
  must(
    '§2.3.1',
    'clients with a secret can authenticate with HTTP Basic; the scheme is case-insensitive (RFC 9110 §11.1)',
    async ({ logIn, confidential }, t) => {
      const { id, secret, headers } = await confidential()
      assertTokens(t, await logIn({}, headers))
      for (const scheme of ['basic', 'BASIC  ']) assertTokens(t, await logIn({}, basicOf(`${id}:${secret}`, scheme)))
      assertTokens(t, await logIn({}, { authorization: `${headers.authorization}  ` }))
    }
  ),
  must(
    '§2.3.1',
    'id and secret in HTTP Basic are form-decoded: percent-encoded, a plus for a blank, UTF-8 (Appendix B)',
    async (world, t) => {
      const secret = 'colon: plus+ per%cent blank ü 😀'
      const id = await clientWithSecret(world, secret)
      assertTokens(t, await world.logIn({}, basic(id, secret)))
      assertTokens(t, await world.logIn({}, basicOf(`${percentEncodeAll(id)}:${percentEncodeAll(secret)}`)))
      assertInvalidClient(t, await world.logIn({}, basicOf(`${id}:${secret}`)))
    }
  ),
  decision(
    '§2.3.1',
    'client_id and client_secret in the form authenticate a client too',
    async ({ logIn, confidential }, t) => {
      const { id, secret } = await confidential()
      assertTokens(t, await logIn({ client_id: id, client_secret: secret }))
      assertInvalidClient(t, await logIn({ client_id: id, client_secret: `${secret}x` }))
    }
  ),
  must('§2.3.1', 'credentials in the request URI are refused, even if the form is valid', [
    [
      'plugins/http/form.test.ts',
      'Parameters in the URL are refused by name, without repeating their value (RFC 6749 §2.3.1)'
    ]
  ]),
  must(
    '§3.2.1',
    'a confidential client that does not authenticate gets no token',
    async ({ logIn, confidential }, t) => {
      const { id } = await confidential()
      for (const form of [{ client_id: id }, { client_id: id, client_secret: '' }])
        assertInvalidClient(t, await logIn(form))
      for (const text of [`${id}:`, `${id}:wrong`, `:${id}`, `${id}`, 'c_nobody:secret', ''])
        assertInvalidClient(t, await logIn({}, basicOf(text)))
    }
  ),
  decision(
    '§3.2.1',
    'a public client is identified by client_id; an empty client_secret, as some clients send, counts as none',
    async ({ logIn, publicClient, app }, t) => {
      const id = await publicClient()
      for (const form of [{ client_id: id }, { client_id: id, client_secret: '' }]) {
        const answer = await logIn(form)
        assertTokens(t, answer)
        const [session] = await app.sessions.ofUser((await app.userAdmin.byIdOrName('alice')).id)
        t.equal(session?.clientId, id)
      }
      assertTokens(t, await logIn({}, basicOf(`${id}:`)))
      assertInvalidClient(t, await logIn({ client_id: id, client_secret: 'a secret that it cannot have' }))
    }
  ),
  decision(
    '§3.2.1',
    'empty client_id, client_secret and code parameters and `Authorization: Basic Og==` name no client',
    async ({ logIn, token }, t) => {
      assertTokens(t, await logIn({ client_id: '', client_secret: '', code: '' }))
      assertTokens(t, await logIn({}, { authorization: 'Basic Og==' }))
      assertTokens(t, await logIn({ client_id: '', client_secret: '' }, { authorization: 'Basic Og==' }))
      assertTokens(t, await token(`${encoded(passwordForm)}&client_id&client_secret&code`))
    }
  ),
  decision(
    '§3.2.1',
    'a request that names no client is refused if the built-in client is switched off',
    { settings: { firstPartyClient: 'off' } },
    async ({ logIn, publicClient }, t) => {
      assertInvalidClient(t, await logIn())
      assertInvalidClient(t, await logIn({ client_id: 'first-party' }))
      assertTokens(t, await logIn({ client_id: await publicClient() }))
    }
  ),
  must('§10.1', 'a public client is issued no secret', async ({ app }, t) => {
    const client = { name: 'phone', confidential: false, grants: ['password'], scopes: ['me'] }
    t.equal((await app.clientAdmin.create(client)).secret, undefined)
  })
]

const endpoint: Standard['scenarios'] = [
  must(
    '§3.2',
    'the token endpoint accepts only POST; another method gets 405, Allow and no token',
    async ({ send }, t) => {
      for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
        const answer = await send(method, `/token?${encoded(passwordForm)}`)
        assertRefused(t, answer, 'invalid_request', 405)
        t.equal(answer.headers.allow, 'POST')
      }
      t.equal((await send('HEAD', '/token')).status, 405)
    }
  ),
  must('§3.2', 'a parameter without a value is treated as omitted', async ({ logIn, token }, t) => {
    assertTokens(t, await logIn({ scope: '' }))
    for (const name of ['grant_type', 'username', 'password']) {
      const { [name as keyof typeof passwordForm]: _, ...without } = passwordForm
      const [absent, empty, bare] = [
        await token(without),
        await token({ ...without, [name]: '' }),
        await token(`${encoded(without)}&${name}`)
      ]
      assertRefused(t, absent, 'invalid_request')
      t.equal(empty.text, absent.text)
      t.equal(bare.text, absent.text)
    }
    assertRefused(t, await token({ grant_type: 'refresh_token', refresh_token: '' }), 'invalid_request')
  }),
  must(
    '§3.2',
    'an unknown parameter is ignored, including `__proto__` and `constructor`',
    async ({ logIn, token, me }, t) => {
      assertTokens(t, await logIn({ nonce: 'x', state: '😀', toString: 'x' } as Record<string, string>))
      const answer = await token(`__proto__=1&constructor=2&hasOwnProperty=3&${encoded(passwordForm)}`)
      assertTokens(t, answer)
      t.equal((await me(answer.body.access_token)).status, 200)
      assertRefused(t, await token('__proto__=1&constructor=2'), 'invalid_request')
    }
  ),
  must('§3.2', 'a repeated parameter is refused, known or unknown, with equal or different values', [
    ['plugins/http/form.test.ts', 'A repeated parameter is invalid_request (RFC 6749 §3.2)']
  ]),
  must('§4.3.2', 'a valid password form is answered with working tokens (§4.3.3)', async ({ logIn, me, alice }, t) => {
    const answer = await logIn()
    assertTokens(t, answer)
    const { status, body } = await me(answer.body.access_token)
    t.equal(status, 200)
    t.same(body, {
      id: alice.id,
      username: 'alice',
      email: null,
      email_verified: false,
      pending_email: null,
      full_name: null,
      locale: null,
      disabled: false,
      scopes: ['me'],
      data: {},
      claims: {},
      invited_at: null,
      created_at: '2026-01-31T12:00:00.000Z',
      updated_at: '2026-01-31T12:00:00.000Z'
    })
  }),
  must(
    '§4.3.2',
    'the parameters are a form: JSON, multipart and untyped bodies get 400 invalid_request with the type to send',
    async ({ send }, t) => {
      const multipart = `--b\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\npassword\r\n--b--\r\n`
      const bodies = [
        ['application/json', JSON.stringify(passwordForm)],
        ['multipart/form-data; boundary=b', multipart],
        ['text/plain', encoded(passwordForm)],
        ['application/octet-stream', encoded(passwordForm)]
      ]
      for (const [type = '', body] of bodies) {
        const answer = await send('POST', '/token', { 'content-type': type }, body)
        assertRefused(t, answer, 'invalid_request')
        t.match(answer.body.error_description, 'application/x-www-form-urlencoded')
      }
      for (const body of [undefined, '', encoded(passwordForm)])
        assertRefused(t, await send('POST', '/token', {}, body), 'invalid_request')
    }
  ),
  must('§4.3.2', 'the media type is case-insensitive and may have parameters', async ({ token }, t) => {
    for (const type of ['application/x-www-form-urlencoded; charset=UTF-8', 'Application/X-WWW-Form-URLEncoded'])
      assertTokens(t, await token(passwordForm, { 'content-type': type }))
  }),
  decision('§4.3.2', 'a body of up to 16 KiB is accepted; a larger one gets 413', async ({ token }, t) => {
    const form = `${encoded(passwordForm)}&filler=`
    assertTokens(t, await token(form.padEnd(16 * 1024, 'x')))
    assertRefused(t, await token(form.padEnd(16 * 1024 + 1, 'x')), 'invalid_request', 413)
  }),
  must('§4.4', 'client_credentials is for confidential clients only', [
    ['auth/clients/clients.test.ts', 'Invalid clients are refused (RFC 6749 §2.1, §3.3, §4.4)'],
    ['routes/token.test.ts', 'POST /token answers invalid requests with errors of RFC 6749 §5.2']
  ]),
  must('§4.4.2', 'the client has to authenticate for client_credentials', async ({ token, confidential }, t) => {
    const { id, headers } = await confidential()
    const form = { grant_type: 'client_credentials', scope: 'me introspect' }
    assertInvalidClient(t, await token({ ...form, client_id: id }))
    assertTokens(t, await token(form, headers), { scope: 'me introspect', refreshable: false })
  }),
  should('§4.4.3', 'client_credentials gives no refresh token', async ({ token, confidential }, t) => {
    const { headers } = await confidential()
    const answer = await token({ grant_type: 'client_credentials', scope: 'introspect' }, headers)
    assertTokens(t, answer, { scope: 'introspect', refreshable: false })
  })
]

const codes: Standard['scenarios'] = [
  must('§4.1.2', 'a code works once: its second use is refused and ends the login that it began (§10.5)', [
    ['routes/authorize-challenge.test.ts', 'The second use of a code ends its login, and is recorded (RFC 6749 §4.1.2)']
  ]),
  must(
    '§4.1.2',
    'of two concurrent uses of a code, one at most gets tokens, and they do not work for long',
    async (world, t) => {
      const code = await codeOf(world)
      const answers = await Promise.all([exchange(world, code), exchange(world, code), exchange(world, code)])
      const [won, ...others] = answers.filter(({ status }) => status === 200)
      t.same(others, [])
      t.equal((await world.me(won?.body.access_token)).status, 401)
    }
  ),
  should('§4.1.2', 'a code expires after 60 seconds', async (world, t) => {
    const [early, late] = [await codeOf(world), await codeOf(world)]
    world.clock.advance(59)
    assertTokens(t, await exchange(world, early))
    world.clock.advance(1)
    assertRefused(t, await exchange(world, late), 'invalid_grant')
  }),
  must(
    '§4.1.2',
    'the response with a code may not be cached, and the code is no access token and no refresh token',
    async (world, t) => {
      const answer = await world.challenge(challengeForm)
      t.equal(answer.status, 200)
      assertUncached(t, answer)
      const { authorization_code } = answer.body
      t.equal((await world.me(authorization_code)).status, 401)
      assertRefused(t, await world.refresh(authorization_code), 'invalid_grant')
    }
  ),
  must(
    '§4.1.3',
    'a code works only for the client that it was issued to, which can still use it after a refusal',
    async (world, t) => {
      const { id, headers } = await world.confidential()
      const other = await world.confidential('other')
      const phone = await world.publicClient()
      const code = await codeOf(world, {}, headers)
      for (const refused of [
        await exchange(world, code),
        await exchange(world, code, { client_id: phone }),
        await exchange(world, code, {}, other.headers)
      ])
        assertRefused(t, refused, 'invalid_grant')
      assertInvalidClient(t, await exchange(world, code, { client_id: id }))
      assertTokens(t, await exchange(world, code, {}, headers))
      const ofPhone = await codeOf(world, { client_id: phone })
      assertRefused(t, await exchange(world, ofPhone), 'invalid_grant')
      assertTokens(t, await exchange(world, ofPhone, { client_id: phone }))
    }
  ),
  must('§4.1.3', 'code is required; one that is cut, altered or of another kind is invalid_grant', async (world, t) => {
    const code = await codeOf(world)
    assertRefused(t, await exchange(world, ''), 'invalid_request')
    const { auth_session } = (await world.challenge({ response_type: 'code', ...pkce })).body
    const { access_token, refresh_token } = await world.tokens()
    const altered = `${code.slice(0, -2)}${code.endsWith('AA') ? 'BB' : 'AA'}`
    for (const wrong of [code.slice(0, -4), altered, 'x', auth_session, access_token, refresh_token])
      assertRefused(t, await exchange(world, wrong), 'invalid_grant')
    assertTokens(t, await exchange(world, code))
  }),
  must('§4.1.3', 'a client that was not registered for the grant gets no code and no tokens for one', [
    [
      'conformance/first-party-apps.ts',
      'OAuth 2.0 for First-Party Applications §5: only clients that are registered for the grant can use the endpoint (§9.1)'
    ],
    ['conformance/rfc6749.ts', 'RFC 6749 §5.2: a grant that the client may not use is unauthorized_client']
  ]),
  decision(
    '§4.1.3',
    'a redirect_uri, which some libraries always send, is ignored, because no request for a code has one',
    async (world, t) => {
      const redirect_uri = 'http://127.0.0.1/callback'
      assertTokens(t, await exchange(world, await codeOf(world), { redirect_uri }))
      assertTokens(t, await exchange(world, await codeOf(world, { redirect_uri, state: 'x' })))
    }
  ),
  decision('§4.1.3', 'a code is void once the password, the account or the client has changed', async (world, t) => {
    const { app, alice } = world
    const { id, headers } = await world.confidential()
    const [first, second] = [await codeOf(world), await codeOf(world, {}, headers)]
    await app.clientAdmin.update(id, { disabled: true }, {})
    assertInvalidClient(t, await exchange(world, second, {}, headers))
    await app.userAdmin.update(alice.id, { disabled: true }, {})
    assertRefused(t, await exchange(world, first), 'invalid_grant')
    await app.userAdmin.update(alice.id, { disabled: false }, {})
    const { access_token } = await world.tokens()
    const third = await codeOf(world)
    t.equal((await world.changePassword(access_token)).status, 200)
    assertRefused(t, await exchange(world, third), 'invalid_grant')
  }),
  must(
    '§4.1.4',
    'tokens for a code are like those of a password: for the scope of the code, with a refresh token',
    async (world, t) => {
      await world.app.userAdmin.update(world.alice.id, { scopes: ['me', 'users:read'] }, {})
      const answer = await exchange(world, await codeOf(world, { scope: 'users:read' }), { scope: 'me' })
      assertTokens(t, answer, { scope: 'users:read' })
      assertTokens(t, await world.refresh(answer.body.refresh_token), { scope: 'users:read' })
    }
  )
]

const responses: Standard['scenarios'] = [
  must('§5.1', 'answers with tokens, and all refusals, have Cache-Control: no-store and Pragma: no-cache', [
    [
      'conformance/rfc6749.ts',
      'RFC 6749 §6: a refresh returns a new access token and a new refresh token, and both work'
    ],
    [
      'conformance/rfc6749.ts',
      'RFC 6749 §3.2: the token endpoint accepts only POST; another method gets 405, Allow and no token'
    ],
    [
      'conformance/rfc6749.ts',
      'RFC 6749 §4.3.2: the parameters are a form: JSON, multipart and untyped bodies get 400 invalid_request with the type to send'
    ]
  ]),
  must(
    '§5.2',
    'any other grant_type is unsupported_grant_type, including the other grants of the framework',
    async ({ token }, t) => {
      for (const type of ['code', 'token', 'Password', ' password', 'constructor', '__proto__', 'x"\\\u{1f600}'])
        assertRefused(t, await token({ ...passwordForm, grant_type: type }), 'unsupported_grant_type')
    }
  ),
  must(
    '§5.2',
    'a grant that the client may not use is unauthorized_client',
    async ({ logIn, token, confidential, publicClient }, t) => {
      const machine = await confidential('machine', { grants: ['client_credentials'], scopes: ['me'] })
      assertRefused(t, await logIn({}, machine.headers), 'unauthorized_client')
      const id = await publicClient('short', { grants: ['password'] })
      assertTokens(t, await logIn({ client_id: id }), { refreshable: false })
      const form = { grant_type: 'refresh_token', refresh_token: 'x', client_id: id }
      assertRefused(t, await token(form), 'unauthorized_client')
    }
  ),
  decision(
    '§5.2',
    'wrong password, unknown user and disabled user get the same 400 invalid_grant, byte for byte, without a challenge',
    [
      [
        'auth/throttle/throttle.test.ts',
        'The answers for missing, disabled and guessed-at accounts are identical to the byte'
      ]
    ]
  ),
  must(
    '§5.2',
    'failed authentication in the header gets 401 invalid_client and a challenge of the same scheme',
    async ({ logIn }, t) => {
      assertInvalidClient(t, await logIn({}, basic('c_nobody', 'secret')))
      const malformed = ['Basic', 'Basic !', 'Basic a b', 'Basic %%%', basicOf('a%zz:b').authorization]
      for (const authorization of malformed) assertInvalidClient(t, await logIn({}, { authorization }))
    }
  ),
  decision(
    '§5.2',
    'failed authentication in the form gets 401 invalid_client too, with the challenge that RFC 9110 §15.5.2 requires',
    async ({ logIn }, t) => {
      assertInvalidClient(t, await logIn({ client_id: 'c_nobody' }))
      assertInvalidClient(t, await logIn({ client_id: 'c_nobody', client_secret: 'secret' }))
    }
  ),
  must('§5.2', 'an unknown scheme of client authentication is invalid_client', async ({ logIn, tokens }, t) => {
    const { access_token } = await tokens()
    for (const headers of [bearer(access_token), { authorization: 'Digest username="x"' }])
      assertInvalidClient(t, await logIn({}, headers))
  }),
  must(
    '§5.2',
    'error_description is printable ASCII without quotation mark and backslash, for any input',
    async ({ token, logIn }, t) => {
      const nasty = '%22%5C%0D%0A%C3%BC%F0%9F%98%80%7F'
      assertRefused(t, await token(`${nasty}=1&${nasty}=2`), 'invalid_request')
      assertRefused(t, await token(`grant_type=${nasty}`), 'unsupported_grant_type')
      assertRefused(t, await logIn({ scope: '"\\\r\nü😀' }), 'invalid_scope')
    }
  )
]

const scopes: Standard['scenarios'] = [
  must('§3.3', 'a scope outside the alphabet is invalid_scope', async ({ logIn }, t) => {
    for (const scope of ['me "', 'me\\', 'm\te', 'me\n', 'mé', 'me 😀', '\u007f', ' ', '\u0000'])
      assertRefused(t, await logIn({ scope }), 'invalid_scope')
  }),
  must(
    '§3.3',
    'a request for more scopes than the user may have is narrowed, and the answer names the granted scopes',
    async ({ logIn, me }, t) => {
      const answer = await logIn({ scope: 'audit:read me users:write no-such-scope' })
      assertTokens(t, answer, { scope: 'me' })
      t.equal((await me(answer.body.access_token)).status, 200)
    }
  ),
  must(
    '§3.3',
    'the scopes of the client limit the grant too; order and repetition do not matter',
    async ({ app, alice, logIn, publicClient }, t) => {
      await app.userAdmin.update(alice.id, { scopes: ['me', 'users:read', 'audit:read'] }, {})
      const client_id = await publicClient('reader', { scopes: ['users:read', 'me'] })
      assertTokens(t, await logIn({ client_id, scope: 'audit:read users:read me me' }), { scope: 'users:read me' })
    }
  ),
  must(
    '§3.3',
    'a request without scope gets every allowed scope that does not administer the server, and the answer names them',
    async ({ app, alice, logIn }, t) => {
      await app.userAdmin.update(alice.id, { scopes: ['me', 'orders:read', 'users:read'] }, {})
      assertTokens(t, await logIn(), { scope: 'me orders:read' })
      await app.userAdmin.update(alice.id, { scopes: Object.keys(builtInScopes) }, {})
      assertTokens(t, await logIn(), { scope: 'me' })
      for (const scope of Object.keys(builtInScopes)) assertTokens(t, await logIn({ scope }), { scope })
      await app.userAdmin.update(alice.id, { scopes: ['users:read', 'users:write'] }, {})
      assertRefused(t, await logIn(), 'invalid_scope')
    }
  ),
  must(
    '§3.3',
    'a request is invalid_scope if no scope can be granted; scopes are case-sensitive',
    async ({ logIn }, t) => {
      for (const scope of ['audit:read', 'ME', 'no-such-scope'])
        assertRefused(t, await logIn({ scope }), 'invalid_scope')
    }
  )
]

const refreshing: Standard['scenarios'] = [
  must(
    '§6',
    'a refresh returns a new access token and a new refresh token, and both work',
    async ({ tokens, refresh, me }, t) => {
      const first = await tokens()
      const second = await refresh(first.refresh_token)
      assertTokens(t, second)
      t.not(second.body.refresh_token, first.refresh_token)
      t.not(second.body.access_token, first.access_token)
      t.equal((await me(second.body.access_token)).status, 200)
      assertTokens(t, await refresh(second.body.refresh_token))
    }
  ),
  must(
    '§6',
    'a refresh for more than the granted scope is refused, and the refresh token still works',
    async ({ app, alice, tokens, refresh }, t) => {
      await app.userAdmin.update(alice.id, { scopes: ['me', 'users:read'] }, {})
      const { refresh_token } = await tokens({ scope: 'me' })
      assertRefused(t, await refresh(refresh_token, { scope: 'me users:read' }), 'invalid_scope')
      assertRefused(t, await refresh(refresh_token, { scope: 'm"e' }), 'invalid_scope')
      assertTokens(t, await refresh(refresh_token))
    }
  ),
  must(
    '§6',
    'a narrower scope narrows only the access token; the new refresh token keeps the granted scope',
    async ({ app, alice, tokens, refresh }, t) => {
      await app.userAdmin.update(alice.id, { scopes: ['me', 'users:read'] }, {})
      const { refresh_token } = await tokens({ scope: 'me users:read' })
      const narrow = await refresh(refresh_token, { scope: 'users:read' })
      assertTokens(t, narrow, { scope: 'users:read' })
      assertTokens(t, await refresh(narrow.body.refresh_token), { scope: 'me users:read' })
    }
  ),
  decision(
    '§6',
    'a refresh that is refused because the user lost the scope does not end the session',
    async ({ app, alice, clock, tokens, refresh }, t) => {
      await app.userAdmin.update(alice.id, { scopes: ['me', 'users:read'] }, {})
      const { refresh_token } = await tokens({ scope: 'me users:read' })
      await app.userAdmin.update(alice.id, { scopes: ['me'] }, {})
      assertRefused(t, await refresh(refresh_token, { scope: 'users:read' }), 'invalid_scope')
      clock.advance(60)
      assertTokens(t, await refresh(refresh_token), { scope: 'me' })
    }
  ),
  must('§6', 'a confidential client has to authenticate to refresh', async ({ tokens, refresh, confidential }, t) => {
    const { id, headers } = await confidential()
    const { refresh_token } = await tokens({}, headers)
    assertInvalidClient(t, await refresh(refresh_token, { client_id: id }))
    assertInvalidClient(t, await refresh(refresh_token, {}, basic(id, 'wrong')))
    assertTokens(t, await refresh(refresh_token, {}, headers))
  }),
  must(
    '§6',
    'a refresh token works only for its client (§10.4)',
    async ({ tokens, refresh, confidential, publicClient }, t) => {
      const { headers } = await confidential()
      const other = await publicClient()
      const { refresh_token } = await tokens({}, headers)
      assertRefused(t, await refresh(refresh_token), 'invalid_grant')
      assertRefused(t, await refresh(refresh_token, { client_id: other }), 'invalid_grant')
      assertRefused(t, await refresh(refresh_token, {}, (await confidential('api')).headers), 'invalid_grant')
      assertTokens(t, await refresh(refresh_token, {}, headers))
    }
  ),
  must(
    '§5.2',
    'a garbled, expired, revoked or foreign refresh token is invalid_grant, always with the same description',
    async ({ app, clock, tokens, refresh, post, config }, t) => {
      const garbage = ['x', '..', '😀', '\u0000', 'a'.repeat(8000), ' ', (await tokens()).access_token]
      const { refresh_token: revoked } = await tokens()
      await post('/revoke', { token: revoked })
      const { refresh_token: altered } = await tokens()
      const bob = await createUser(app, 'bob')
      const { refresh_token: ofDisabled } = await tokens({ username: 'bob' })
      await app.userAdmin.update(bob.id, { disabled: true }, {})
      const answers = [
        ...(await Promise.all(garbage.map(token => refresh(token)))),
        await refresh(revoked),
        await refresh(`${altered.slice(0, -1)}${altered.endsWith('A') ? 'B' : 'A'}`),
        await refresh(altered.replace('.0.', '.1.')),
        await refresh(`${altered}x`),
        await refresh(ofDisabled)
      ]
      assertTokens(t, await refresh(altered))
      const { refresh_token: expired } = await tokens()
      clock.advance(config.refreshTokenTtl)
      answers.push(await refresh(expired))
      for (const answer of answers) {
        assertRefused(t, answer, 'invalid_grant')
        t.equal(answer.text, answers[0]?.text)
      }
    }
  ),
  must('§10.10', 'tokens cannot be guessed: the proof in a refresh token has 256 bits', async ({ tokens }, t) => {
    const [one, other] = [await tokens(), await tokens()].map(({ refresh_token }) => refresh_token.split('.').at(-1))
    t.equal(Buffer.from(one ?? '', 'base64url').length, 32)
    t.not(one, other)
  }),
  must(
    '§10.10',
    'client secrets have 256 random bits, and codes are encrypted under a key that 264 random bits name',
    async (world, t) => {
      const secrets = [(await world.confidential('one')).secret, (await world.confidential('two')).secret]
      const salts = [await codeOf(world), await codeOf(world)].map(code => code.slice(0, 24))
      for (const secret of secrets) t.match(secret, /^[\w-]{43}$/)
      for (const [one, other] of [secrets, salts]) t.not(one, other)
      for (const text of [...secrets, ...salts]) t.ok(new Set(text).size > 8, 'no counter and no time has as many')
    }
  )
]

const alphabets: Standard['scenarios'] = [
  must(
    'Appendix A.15, A.16',
    'username and password may contain any character except controls: pass😀word can log in',
    { settings: { passwordMinLength: 8 } },
    async ({ app, logIn }, t) => {
      await app.users.register({ username: 'bób', password: 'pass😀word' }, {})
      assertTokens(t, await logIn({ username: 'bób', password: 'pass😀word' }))
      assertRefused(t, await logIn({ username: 'bób', password: 'pass😁word' }), 'invalid_grant')
      for (const text of ['\t', ' ~', '\u0080', '\ud7ff', '\ue000', '\ufffd', '\u{10000}', '\u{10ffff}'])
        assertRefused(t, await logIn({ username: text, password: text }), 'invalid_grant')
    }
  ),
  must(
    'Appendix A.15, A.16',
    'NUL, line ends, controls and noncharacters U+FFFE and U+FFFF in username or password are invalid_request',
    async ({ logIn }, t) => {
      for (const text of ['\u0000', '\r', '\n', '\u001f', '\u007f', '\ufffe', '\uffff']) {
        assertRefused(t, await logIn({ username: `a${text}` }), 'invalid_request')
        assertRefused(t, await logIn({ password: `${password}${text}` }), 'invalid_request')
      }
    }
  ),
  must(
    'Appendix B',
    'the form is UTF-8: other bytes, percent-encoded or not, overlong forms and surrogates are invalid_request',
    async ({ token }, t) => {
      const form = 'grant_type=password&username=alice&password='
      for (const text of ['%FF', '%C3', '%C0%80', '%ED%A0%80', '%ED%B0%80', '%F4%90%80%80', '%', '%zz'])
        assertRefused(t, await token(form + text), 'invalid_request')
      for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80]])
        assertRefused(t, await token(Buffer.from([...Buffer.from(form), ...bytes])), 'invalid_request')
    }
  ),
  must(
    'Appendix B',
    'a plus is a blank, %2B is a plus, and UTF-8 is accepted with or without percent-encoding',
    async ({ app, token }, t) => {
      await app.users.register({ username: 'bob', password: 'plus + blank & ü =' }, {})
      for (const text of ['plus+%2B+blank+%26+%C3%BC+%3D', 'plus%20%2b%20blank%20%26%20ü%20='])
        assertTokens(t, await token(`grant_type=password&username=bob&password=${text}`))
    }
  ),
  must(
    'Appendix A.1, A.2',
    'an impossible client_id or client_secret is an unknown client, never a server error',
    async ({ logIn, confidential }, t) => {
      const { id } = await confidential()
      for (const text of ['\u0000', 'c_\u0000', '\ufffd', 'x'.repeat(1000), "' OR 1=1 --"]) {
        assertInvalidClient(t, await logIn({ client_id: text }))
        assertInvalidClient(t, await logIn({ client_id: id, client_secret: text }))
        assertInvalidClient(t, await logIn({}, basic(text, text)))
      }
    }
  )
]

const guessing: Standard['scenarios'] = [
  must('§4.3.2, §10.10', 'guessing passwords is throttled, and no password is checked during the wait', [
    ['auth/throttle/throttle.test.ts', 'Ten failures are free, then 1 s, 2 s, 4 s … 15 min, and never more']
  ]),
  must('§2.3.1, §10.10', 'guessing client secrets is throttled, and the client itself is not', [
    ['auth/throttle/login-limits.test.ts', 'Wrong client credentials wait after fifty failures, and right ones never']
  ])
]

const noAuthorizationEndpoint =
  'There is no authorization endpoint: codes come from the authorization challenge endpoint, without a redirect.'
const forClients = 'It binds the client, not the server.'

export const rfc6749: Standard = {
  name: 'RFC 6749',
  title: 'The OAuth 2.0 Authorization Framework',
  date: 'October 2012',
  table: 'rfc6749',
  scenarios: [...clients, ...endpoint, ...codes, ...responses, ...scopes, ...refreshing, ...alphabets, ...guessing],
  notApplicable: [
    excluded(
      '§1.6, §2.3.1, §3.2, §10.3, §10.4',
      'TLS on the token endpoint and wherever a token travels',
      'Sallyport speaks HTTP on a loopback address; the proxy in front of it ends TLS. `ISSUER` is the https URL.'
    ),
    excluded('§2.4, §3.1.2', 'unregistered clients, redirection URIs', noAuthorizationEndpoint),
    excluded(
      '§3.1, §4.1.1, §4.2, §10.6, §10.12, §10.13, §10.15, §10.16',
      'authorization endpoint, implicit grant, and their defences',
      noAuthorizationEndpoint
    ),
    excluded('§4.3.1', 'the client discards the password once it has a token', forClients),
    excluded('§4.5', 'extension grants', 'There is none; their URIs are unsupported_grant_type.'),
    excluded('§7.1', 'no use of a token type that the client does not understand', forClients),
    excluded('§8, §11', 'registration of extensions with IANA', 'Sallyport defines no extension.')
  ],
  readings: [
    reading(
      '§2.3',
      'Is a client_id in the form beside HTTP Basic a second way to authenticate?',
      'No: it carries no secret, and several libraries send it. It has to name the same client.'
    ),
    reading(
      '§3.2',
      'Is a repeated parameter refused when the server does not know it?',
      'Yes: the rule has no exception, and a repeated name may come from a manipulated request.'
    ),
    reading(
      '§3.3',
      'Is a request for more scopes than allowed refused or narrowed?',
      'Narrowed, and every answer contains scope. It is refused only if no scope is left.'
    ),
    reading(
      '§3.3',
      'Is a scope with two blanks in a row refused? The grammar does not allow them.',
      'No: any number of blanks separates names. A scope of blanks only is invalid_scope.'
    ),
    reading(
      '§5.2',
      'Which statuses do an unsupported media type and a body that is too large get?',
      '400 invalid_request for the first, since §5.2 has one status for malformed requests; 413 for the second and ' +
        '405 for another method, because clients and proxies act on them. The body always has the format of §5.2.'
    ),
    reading(
      '§5.2',
      'Which status does invalid_client have for a secret in the form?',
      '401 as with the header, with the challenge that RFC 9110 §15.5.2 requires for every 401.'
    ),
    reading(
      '§6',
      'May a request ask for a narrower scope than granted, and is the new refresh token narrower too?',
      'The access token is narrower; the refresh token keeps the scope of the login, as §6 requires.'
    ),
    reading(
      'Appendix A',
      'Do all characters of a username or password have to come from one class of the grammar?',
      'No: each character may come from any class, so ASCII and emoji may be mixed.'
    )
  ]
}
