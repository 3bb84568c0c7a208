import t from 'tap'
import { bearer, createUser, logIn, password } from '../../test/support/app.ts'
import { startWithFactor } from '../../test/support/enrolled.ts'
import { createConfidentialClient, startServer } from '../../test/support/server.ts'
import { runPython, skipWithout } from '../support/python.ts'

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'

interface Tokens {
  access_token: string
  refresh_token: string
}

/** The output of the scripts: how the library reads every answer. */
interface Life {
  version: string
  wrong: string
  first: Tokens
  me: object
  second: Tokens
  meAfterExpiry: object
  saved: Tokens[]
  revoked: number
  afterRevocation: number
  refreshAfterRevocation: string
  active?: object
  inactive?: object
}

/** What a login gives: the account, or the text of the exception. */
interface Login {
  me?: { id: string }
  error?: string
  text?: string
}

const libraries = [
  { library: 'Authlib', script: 'authlib.py', modules: ['authlib', 'requests'], scopeAs: 'me' },
  { library: 'requests-oauthlib', script: 'requests_oauthlib.py', modules: ['requests_oauthlib'], scopeAs: ['me'] }
]

const clients = [
  { client: 'HTTP Basic', method: 'client_secret_basic', confidential: true },
  { client: 'a secret in the form', method: 'client_secret_post', confidential: true },
  { client: 'a client_id alone', method: '', confidential: false },
  { client: 'no client at all', method: '', confidential: undefined }
]

for (const { library, script, modules, scopeAs } of libraries) {
  const skip = skipWithout(...modules)
  for (const { client, method, confidential } of clients) {
    t.test(
      `${library} logs in, refreshes and logs out with ${client} (RFC 6749 §2.3.1, §4.3, §6)`,
      { skip },
      async t => {
        const server = await startServer(t)
        const alice = await createUser(server.app)
        const credentials = await credentialsOf(server, confidential)
        const life = await runPython<Life>(new URL(script, import.meta.url), {
          url: server.url,
          username: 'alice',
          password,
          method,
          ...credentials
        })
        t.comment(`${library} ${life.version}`)

        t.equal(life.wrong, 'invalid_grant')
        const tokens = { token_type: 'Bearer', expires_in: 600, scope: scopeAs }
        t.match(life.first, tokens)
        t.match(life.second, tokens)
        t.not(life.second.access_token, life.first.access_token)
        t.not(life.second.refresh_token, life.first.refresh_token)

        const account = { id: alice.id, username: 'alice', scopes: ['me'] }
        t.match(life.me, account)
        t.match(life.meAfterExpiry, account, 'after the library refreshed on its own')
        t.match(life.saved, [tokens])
        t.not(life.saved[0]?.refresh_token, life.second.refresh_token)

        if (method) {
          t.match(life.active, { active: true, username: 'alice', client_id: credentials.client_id, scope: 'me' })
          t.same(life.inactive, { active: false })
        }
        t.equal(life.revoked, 200)
        t.equal(life.afterRevocation, 401)
        t.equal(life.refreshAfterRevocation, 'invalid_grant')
      }
    )
  }
}

for (const { library, script, modules } of libraries) {
  t.test(
    `${library} logs an enrolled account in, and its exception for a password alone says what to do`,
    { skip: skipWithout(...modules) },
    async t => {
      const { app, url, alice, factor } = await startWithFactor(t)
      const grants = ['password', 'refresh_token']
      const { client } = await app.clientAdmin.create({ name: 'script', confidential: false, grants, scopes: ['me'] })
      const logins = [
        {},
        { otp: '000000' },
        { password: password + factor.code(-1) },
        { otp: factor.code() },
        { recovery_code: factor.recoveryCodes[0] }
      ]
      const given = { url, password, client_id: client.id, client_secret: null, method: '', logins }
      const [alone, wrong, ...others] = await runPython<Login[]>(new URL(script, import.meta.url), given)
      t.equal(alone?.error, 'insufficient_authorization')
      t.match(alone?.text, /Send otp .*, or the code of the authenticator app after the password\./)
      t.equal(wrong?.error, 'insufficient_authorization')
      t.match(wrong?.text, 'The code is wrong, expired or was already used.')
      t.strictSame(
        others.map(({ me }) => me?.id),
        Array(3).fill(alice.id)
      )
    }
  )
}

for (const { client, method, confidential } of clients.filter(({ confidential }) => confidential !== undefined)) {
  t.test(
    `Authlib exchanges a personal access token with ${client} (RFC 8693 §2)`,
    { skip: skipWithout('authlib', 'requests') },
    async t => {
      const { app, url } = await startServer(t)
      await createUser(app, 'alice', ['me', 'reports:read'])
      const headers = { ...bearer((await logIn(app)).access_token), 'content-type': 'application/json' }
      const body = JSON.stringify({ name: 'nightly report' })
      const made = await fetch(`${url}/users/me/tokens`, { method: 'POST', headers, body })
      const { token } = (await made.json()) as { token: string }
      const registration = { name: 'scripts', grants: [exchange], scopes: ['reports:read'] }
      const created = await app.clientAdmin.create({ ...registration, confidential: confidential === true })
      const credentials = { client_id: created.client.id, client_secret: created.secret ?? null, method }
      t.match(await runPython(new URL('authlib_exchange.py', import.meta.url), { url, token, ...credentials }), {
        exchanged: { token_type: 'Bearer', expires_in: 600, scope: 'reports:read', issued_token_type: /access_token$/ },
        status: 204,
        wrong: 'invalid_request'
      })
    }
  )
}

/**
 * The client options of the library; for `undefined`, no client, both libraries send an empty `client_id` or nothing.
 */
async function credentialsOf({ app }: Awaited<ReturnType<typeof startServer>>, confidential: boolean | undefined) {
  if (confidential === undefined) return { client_id: '', client_secret: null }
  if (confidential) {
    const { id, secret } = await createConfidentialClient({ app })
    return { client_id: id, client_secret: secret }
  }
  const grants = ['password', 'refresh_token']
  const { client } = await app.clientAdmin.create({ name: 'phone', confidential, grants, scopes: ['me'] })
  return { client_id: client.id, client_secret: null }
}
