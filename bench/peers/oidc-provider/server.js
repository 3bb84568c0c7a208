import { generateKeyPairSync } from 'node:crypto'
import Provider from 'oidc-provider'
import Database from '../sqlite.js'

const { PORT, DATABASE, SECRET, API_SECRET } = process.env

const db = new Database(DATABASE)
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')
db.exec(`
  CREATE TABLE IF NOT EXISTS accounts (
    id TEXT PRIMARY KEY
  );
  CREATE TABLE IF NOT EXISTS models (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    payload TEXT NOT NULL,
    grant_id TEXT,
    uid TEXT,
    user_code TEXT,
    expires_at INTEGER,
    consumed_at INTEGER,
    PRIMARY KEY (kind, id)
  );
  CREATE INDEX IF NOT EXISTS models_grant_id ON models (grant_id);
  CREATE INDEX IF NOT EXISTS models_uid ON models (uid);
  CREATE INDEX IF NOT EXISTS models_user_code ON models (user_code)`)
db.prepare('INSERT OR IGNORE INTO accounts VALUES (?)').run('alice')
const accountById = db.prepare('SELECT * FROM accounts WHERE id = ?')

const now = () => Math.floor(Date.now() / 1000)
const upsert = db.prepare('INSERT OR REPLACE INTO models VALUES (?, ?, ?, ?, ?, ?, ?, NULL)')
const findBy = column => db.prepare(`SELECT * FROM models WHERE kind = ? AND ${column} = ?`)
const find = { id: findBy('id'), uid: findBy('uid'), userCode: findBy('user_code') }
const consume = db.prepare('UPDATE models SET consumed_at = ? WHERE kind = ? AND id = ?')
const destroy = db.prepare('DELETE FROM models WHERE kind = ? AND id = ?')
const revokeByGrantId = db.prepare('DELETE FROM models WHERE kind = ? AND grant_id = ?')

function payloadOf(row) {
  if (!row || (row.expires_at !== null && row.expires_at <= now())) return undefined
  return { ...JSON.parse(row.payload), ...(row.consumed_at === null ? {} : { consumed: row.consumed_at }) }
}

class SqliteAdapter {
  constructor(kind) {
    this.kind = kind
  }

  async upsert(id, payload, expiresIn) {
    const { grantId, uid, userCode } = payload
    upsert.run(this.kind, id, JSON.stringify(payload), grantId, uid, userCode, expiresIn ? now() + expiresIn : null)
  }

  async find(id) {
    return payloadOf(find.id.get(this.kind, id))
  }

  async findByUid(uid) {
    return payloadOf(find.uid.get(this.kind, uid))
  }

  async findByUserCode(userCode) {
    return payloadOf(find.userCode.get(this.kind, userCode))
  }

  async consume(id) {
    consume.run(now(), this.kind, id)
  }

  async destroy(id) {
    destroy.run(this.kind, id)
  }

  async revokeByGrantId(grantId) {
    revokeByGrantId.run(this.kind, grantId)
  }
}

const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
const scope = 'openid offline_access'

const provider = new Provider(`http://127.0.0.1:${PORT}`, {
  adapter: SqliteAdapter,
  clients: [
    {
      client_id: 'web',
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['http://127.0.0.1/callback'],
      id_token_signed_response_alg: 'ES256'
    },
    {
      client_id: 'api',
      client_secret: API_SECRET,
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      id_token_signed_response_alg: 'ES256'
    }
  ],
  scopes: ['openid', 'offline_access', 'introspect'],
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: (_ctx, client) => client.clientId === 'api' },
    devInteractions: { enabled: false }
  },
  findAccount(_ctx, id) {
    return accountById.get(id) && { accountId: id, claims: () => ({ sub: id }) }
  },
  jwks: { keys: [{ ...key, alg: 'ES256', use: 'sig', kid: 'bench' }] },
  cookies: { keys: [SECRET] }
})

/** For the benchmark only: a login without its pages, which makes a grant and its first refresh token. */
provider.use(async (ctx, next) => {
  if (ctx.path !== '/bench/login') return next()
  const grant = new provider.Grant({ accountId: 'alice', clientId: 'web' })
  grant.addOIDCScope(scope)
  const grantId = await grant.save()
  const client = await provider.Client.find('web')
  const token = new provider.RefreshToken({
    client,
    accountId: 'alice',
    grantId,
    scope,
    authTime: now(),
    gty: 'authorization_code'
  })
  ctx.body = { refresh_token: await token.save() }
})

provider.listen(Number(PORT), '127.0.0.1')
