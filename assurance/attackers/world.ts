import type { Test } from 'tap'
import { build } from '../../src/app.ts'
import { createUser, createVerifiedUser, password, postForm, testConfig } from '../../test/support/app.ts'
import { uncounted } from '../../test/support/attempts.ts'
import { databaseUrl, type EngineName } from '../../test/support/engines.ts'
import { call, faultEnv, startProgram } from '../../test/support/faults.ts'
import { startIdentityProvider } from '../../test/support/identity-provider.ts'
import { startMailServer } from '../../test/support/mail-server.ts'
import { select } from '../../test/support/select.ts'
import { createVictims, withApp } from './victims.ts'

/** The APIs. Both know scopes that mallory has not, and the first even knows `me`. */
export const orders = 'https://orders.example.com'
const billing = 'https://billing.example.com'
export const issuer = 'https://auth.example.com'

const rpId = 'example.com'
const toolScopes = ['me', 'users:write', 'clients:write', 'orders:read']
const rootScopes = ['users:read', 'audit:read', ...toolScopes]

/** Registrations an hour from a prefix; ten times as many in all. */
export const registrationLimit = 10

const resources = [`${orders} me orders:read users:write`, `${billing} billing:read`]

/** How long before the server starts the accounts log in, in milliseconds: their logins are not recent. */
const agoMs = 900_000

/** The prefixes that alice and the bystander have logged in from. */
export const [ofAlice, ofCarol] = ['198.51.100.10', '203.0.113.10']

const addresses = { mallory: 'mallory@evil.example', alice: 'alice@example.com' }

/**
 * A server in its own process, or several on one database, with the administrator root, the victim alice, who has an
 * authenticator app, the bystander carol and the attacker mallory, who has a second account, puppet, and knows the
 * secret of an API and the tokens that it has received. Their logins are older than the server. `administer` is what an
 * administrator does while the attacks run.
 */
export async function startAttackWorld(t: Test, engine: EngineName, nodes = 1) {
  const url = await databaseUrl(t, engine)
  // The access tokens of alice, and those that the API has received, are used until the end.
  const accessTokenTtl = 3600
  let ago = agoMs
  const provider = await startIdentityProvider(t, () => new Date(Date.now() - ago))
  const identityProviders = [provider.setting]
  const app = await build({
    config: testConfig({ databaseUrl: url, issuer, resources, bcryptCost: 8, accessTokenTtl, rpId, identityProviders }),
    now: () => new Date(Date.now() - ago)
  })
  const root = await createUser(app, 'root', rootScopes)
  const grant = async (username: string, email: string, scopes: string[]) => {
    const { id } = await createVerifiedUser(app, username, email)
    await app.userAdmin.update(id, { scopes }, {})
    return id
  }
  const alice = await grant('alice', addresses.alice, ['me', 'orders:read', 'billing:read'])
  const carol = await grant('carol', 'carol@example.com', ['me'])
  const puppet = await grant('puppet', 'puppet@evil.example', ['me'])
  const mallory = await grant('mallory', addresses.mallory, ['me', 'orders:read'])
  const createClient = (name: string, scopes: string[]) =>
    app.clientAdmin.create({ name, confidential: true, grants: ['client_credentials'], scopes })
  const { client, secret } = await createClient('orders', ['orders:read'])
  const tool = await createClient('tool', toolScopes)
  const victims = await createVictims(app)
  const factor = await withApp(app, 'alice')
  const own = await factor.logIn()
  const asked = { resource: orders, scope: 'me orders:read users:write' }
  const atApi = await postForm(app, '/token', { grant_type: 'password', username: 'root', password, ...asked })
  const received = {
    alice: (await factor.logIn(asked)).access_token,
    root: atApi.json().access_token as string
  }
  const owner = {
    user: await app.userAdmin.byId(alice),
    session: (await app.sessions.ofUser(alice))[0] as { id: string }
  }
  await app.identities.link(owner, { id_token: provider.idToken({ sub: 'alice-elsewhere' }) }, {})
  const proof = uncounted()
  for (const [id, ip] of [
    [alice, ofAlice],
    [carol, ofCarol],
    [victims.victims.tess, ofAlice]
  ] as const) {
    const firstParty = await app.clients.authenticate({}, { authorization: undefined, ip })
    const user = await app.userAdmin.byId(id)
    await app.sessions.startLogin(user, firstParty, ['me'], { ip, userAgent: null }, proof)
  }
  const { kid } = app.keys.signer()
  const publicPem = String(await app.keys.verifier(kid))
  await app.close()
  ago = 0

  const mail = await startMailServer(t)
  const env = faultEnv({
    DATABASE_URL: url,
    RESOURCES: resources.join(),
    SMTP_URL: mail.url,
    RP_ID: rpId,
    EMAIL_CODES: 'on',
    IDENTITY_PROVIDERS: provider.setting,
    SECOND_FACTOR: 'administrators',
    BCRYPT_COST: '8',
    ACCESS_TOKEN_TTL: String(accessTokenTtl),
    HASH_CONCURRENCY: '2',
    LIMITS: `registration=${registrationLimit},login=3000`,
    LOG_LEVEL: 'error'
  })
  const programs = Array.from({ length: nodes }, () => startProgram(t, env))
  const urls = await Promise.all(programs.map(({ listens }) => listens))
  let turn = 0
  /** The URL of each node in turn. */
  const next = () => String(urls[turn++ % urls.length])
  const ofTool = { client_id: tool.client.id, client_secret: String(tool.secret) }
  const { json: acting } = await call(`${next()}/token`, {
    form: { grant_type: 'client_credentials', scope: toolScopes.join(' '), ...ofTool }
  })
  return {
    env,
    programs,
    next,
    ...victims,
    tool: tool.client.id,
    factor,
    async administer(method: string, path: string, json?: object) {
      const answer = await call(`${next()}${path}`, { method, json, token: String(acting.access_token) })
      if (answer.status >= 300) throw new Error(`the administrator was answered ${answer.status}: ${answer.text}`)
      return answer.json
    },
    ids: { root: root.id, alice, carol, mallory, puppet },
    addresses,
    alice: own,
    received,
    api: { id: client.id, secret: String(secret) },
    key: { kid, publicPem },
    /** The issuer of ID tokens, at which anyone can have an account. */
    provider,
    messages: mail.messages,
    rows: (statement: string) => select(url, statement),

    /** The size of the database in bytes, with what its log has not written into the file yet. */
    async size(): Promise<number> {
      const size =
        engine === 'sqlite'
          ? 'SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()'
          : 'SELECT pg_database_size(current_database()) AS bytes'
      return Number((await select(url, size))[0]?.bytes)
    }
  }
}

export type World = Awaited<ReturnType<typeof startAttackWorld>>
