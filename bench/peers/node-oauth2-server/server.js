import OAuthServer from '@node-oauth/express-oauth-server'
import bcrypt from 'bcrypt'
import express from 'express'
import Database from '../sqlite.js'

const { PORT, DATABASE, API_SECRET, BCRYPT_COST = '12' } = process.env

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
    grants TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS tokens (
    access_token TEXT PRIMARY KEY,
    access_token_expires_at INTEGER NOT NULL,
    refresh_token TEXT UNIQUE,
    refresh_token_expires_at INTEGER,
    scope TEXT,
    client_id TEXT NOT NULL REFERENCES clients (id),
    user_id INTEGER REFERENCES users (id)
  )`)
const insertClient = db.prepare('INSERT OR IGNORE INTO clients VALUES (?, ?, ?)')
insertClient.run('web', null, 'password refresh_token')
insertClient.run('api', API_SECRET, 'client_credentials')

const insertUser = db.prepare('INSERT INTO users (username, password_hash) VALUES (?, ?)')
const userByName = db.prepare('SELECT * FROM users WHERE username = ?')
const clientById = db.prepare('SELECT * FROM clients WHERE id = ?')
const insertToken = db.prepare('INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?)')
const tokenByRefreshToken = db.prepare('SELECT * FROM tokens WHERE refresh_token = ?')
const tokenByAccessToken = db.prepare('SELECT * FROM tokens WHERE access_token = ?')
const deleteToken = db.prepare('DELETE FROM tokens WHERE refresh_token = ?')

const describe = row =>
  row && {
    accessToken: row.access_token,
    accessTokenExpiresAt: new Date(row.access_token_expires_at),
    refreshToken: row.refresh_token,
    refreshTokenExpiresAt: new Date(row.refresh_token_expires_at),
    scope: row.scope?.split(' '),
    client: { id: row.client_id },
    user: { id: row.user_id }
  }

const model = {
  async getClient(id, secret) {
    const client = clientById.get(id)
    return client && client.secret === (secret ?? null) && { id, grants: client.grants.split(' ') }
  },
  async getUser(username, password) {
    const user = userByName.get(username)
    return user && (await bcrypt.compare(password, user.password_hash)) && { id: user.id }
  },
  getUserFromClient: async () => ({ id: null }),
  async saveToken(token, client, user) {
    insertToken.run(
      token.accessToken,
      token.accessTokenExpiresAt.getTime(),
      token.refreshToken,
      token.refreshTokenExpiresAt?.getTime(),
      token.scope?.join(' '),
      client.id,
      user.id
    )
    return { ...token, client, user }
  },
  getRefreshToken: async refreshToken => describe(tokenByRefreshToken.get(refreshToken)),
  getAccessToken: async accessToken => describe(tokenByAccessToken.get(accessToken)),
  revokeToken: async ({ refreshToken }) => deleteToken.run(refreshToken).changes === 1,
  validateScope: async (_user, _client, scope) => scope
}

const app = express()
const oauth = new OAuthServer({ model, requireClientAuthentication: { password: false, refresh_token: false } })
app.use(express.json())
app.use(express.urlencoded({ extended: false }))

app.post('/users', async (req, res) => {
  const { username, password } = req.body
  const { lastInsertRowid } = insertUser.run(username, await bcrypt.hash(password, Number(BCRYPT_COST)))
  res.status(201).json({ id: lastInsertRowid, username })
})
app.post('/token', oauth.token())
app.get('/users/me', oauth.authenticate(), (_req, res) => {
  res.json(res.locals.oauth.token.user)
})

app.listen(Number(PORT), '127.0.0.1')
