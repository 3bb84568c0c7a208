import { timingSafeEqual } from 'node:crypto'
import formbody from '@fastify/formbody'
import { AuthorizationServer, DateInterval, generateRandomToken } from '@jmondi/oauth2-server'
import { handleFastifyError, handleFastifyReply, requestFromFastify } from '@jmondi/oauth2-server/fastify'
import bcrypt from 'bcrypt'
import Database from 'better-sqlite3'
import Fastify from 'fastify'

const { PORT, DATABASE, SECRET, API_SECRET, BCRYPT_COST = '12' } = process.env

const db = new Database(DATABASE)
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')
db.exec(`
  CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS clients (
    id TEXT PRIMARY KEY,
    secret TEXT,
    grants TEXT NOT NULL,
    scopes TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS tokens (
    access_token TEXT PRIMARY KEY,
    access_token_expires_at INTEGER NOT NULL,
    refresh_token TEXT UNIQUE,
    refresh_token_expires_at INTEGER,
    scopes TEXT NOT NULL,
    client_id TEXT NOT NULL REFERENCES clients (id),
    user_id INTEGER REFERENCES users (id)
  )`)
const insertClient = db.prepare('INSERT OR IGNORE INTO clients VALUES (?, ?, ?, ?)')
insertClient.run('web', null, 'password refresh_token', 'me')
insertClient.run('api', API_SECRET, 'client_credentials', 'introspect')

const insertUser = db.prepare('INSERT INTO users (username, password_hash) VALUES (?, ?)')
const userByName = db.prepare('SELECT * FROM users WHERE username = ?')
const clientById = db.prepare('SELECT * FROM clients WHERE id = ?')
const insertToken = db.prepare('INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?)')
const setRefreshToken = db.prepare(
  'UPDATE tokens SET refresh_token = ?, refresh_token_expires_at = ? WHERE access_token = ?'
)
const revokeToken = db.prepare(
  'UPDATE tokens SET access_token_expires_at = 0, refresh_token_expires_at = 0 WHERE access_token = ?'
)
const joined = `
  SELECT tokens.*, clients.secret, clients.grants, clients.scopes AS client_scopes
  FROM tokens JOIN clients ON clients.id = client_id WHERE`
const tokenByRefreshToken = db.prepare(`${joined} refresh_token = ?`)
const tokenByAccessToken = db.prepare(`${joined} access_token = ?`)

const namesToScopes = names => names.split(' ').map(name => ({ name }))
const scopesToNames = scopes => scopes.map(({ name }) => name).join(' ')

const clientOf = ({ id, secret, grants, scopes }) => {
  return { id, name: id, secret, redirectUris: [], allowedGrants: grants.split(' '), scopes: namesToScopes(scopes) }
}

/** Throws when there is no row, as the library expects. */
function tokenOf(row) {
  if (!row) throw new Error('There is no such token')
  return {
    accessToken: row.access_token,
    accessTokenExpiresAt: new Date(row.access_token_expires_at),
    refreshToken: row.refresh_token,
    refreshTokenExpiresAt: new Date(row.refresh_token_expires_at),
    client: clientOf({ ...row, id: row.client_id, scopes: row.client_scopes }),
    user: row.user_id === null ? null : { id: row.user_id },
    scopes: namesToScopes(row.scopes)
  }
}

const clientRepository = {
  async getByIdentifier(id) {
    const row = clientById.get(id)
    return row && clientOf(row)
  },
  async isClientValid(grant, { secret, allowedGrants }, given) {
    return (secret === null || isSame(secret, given)) && allowedGrants.includes(grant)
  }
}

const isSame = (secret, given) =>
  secret.length === given.length && timingSafeEqual(Buffer.from(secret), Buffer.from(given))

const tokenRepository = {
  async issueToken(client, scopes, user) {
    const accessTokenExpiresAt = new DateInterval('1h').getEndDate()
    return { accessToken: generateRandomToken(), accessTokenExpiresAt, client, user, scopes }
  },
  async issueRefreshToken(token) {
    token.refreshToken = generateRandomToken()
    token.refreshTokenExpiresAt = new DateInterval('14d').getEndDate()
    setRefreshToken.run(token.refreshToken, token.refreshTokenExpiresAt.getTime(), token.accessToken)
    return token
  },
  async persist({ accessToken, accessTokenExpiresAt, client, user, scopes }) {
    const expiresAt = accessTokenExpiresAt.getTime()
    insertToken.run(accessToken, expiresAt, null, null, scopesToNames(scopes), client.id, user?.id)
  },
  async revoke({ accessToken }) {
    revokeToken.run(accessToken)
  },
  isRefreshTokenRevoked: async ({ refreshTokenExpiresAt }) => refreshTokenExpiresAt.getTime() < Date.now(),
  getByRefreshToken: async refreshToken => tokenOf(tokenByRefreshToken.get(refreshToken)),
  getByAccessToken: async accessToken => tokenOf(tokenByAccessToken.get(accessToken))
}

const scopeRepository = {
  getAllByIdentifiers: async names => names.map(name => ({ name })),
  finalize: async (scopes, _grant, client) =>
    scopes.filter(({ name }) => client.scopes.some(allowed => allowed.name === name))
}

const userRepository = {
  async getUserByCredentials(username, password) {
    const user = userByName.get(username)
    return user && (await bcrypt.compare(password, user.password_hash)) ? { id: user.id } : undefined
  }
}

const oauth = new AuthorizationServer(clientRepository, tokenRepository, scopeRepository, SECRET)
oauth.enableGrantTypes('client_credentials', 'refresh_token', { grant: 'password', userRepository })

const app = Fastify()
await app.register(formbody)

const answer = respond => async (request, reply) => {
  try {
    handleFastifyReply(reply, await respond(requestFromFastify(request)))
  } catch (error) {
    handleFastifyError(error, reply)
  }
  return reply
}

app.post('/users', async (request, reply) => {
  const { username, password } = request.body
  const { lastInsertRowid: id } = insertUser.run(username, await bcrypt.hash(password, Number(BCRYPT_COST)))
  return reply.code(201).send({ id, username })
})
app.post(
  '/token',
  answer(request => oauth.respondToAccessTokenRequest(request))
)
app.post(
  '/token/introspect',
  answer(request => oauth.introspect(request))
)

await app.listen({ port: Number(PORT), host: '127.0.0.1' })
