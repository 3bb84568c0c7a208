import { createServer } from 'node:http'
import { oauthProvider } from '@better-auth/oauth-provider'
import bcrypt from 'bcrypt'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { jwt } from 'better-auth/plugins'
import Database from 'better-sqlite3'

const { PORT, DATABASE, SECRET, BCRYPT_COST = '12' } = process.env

const db = new Database(DATABASE)
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')

const auth = betterAuth({
  baseURL: `http://127.0.0.1:${PORT}`,
  secret: SECRET,
  trustedOrigins: ['http://app.example.com'],
  database: db,
  disabledPaths: ['/token'],
  emailAndPassword: {
    enabled: true,
    password: {
      hash: password => bcrypt.hash(password, Number(BCRYPT_COST)),
      verify: ({ hash, password }) => bcrypt.compare(password, hash)
    }
  },
  plugins: [
    jwt(),
    oauthProvider({
      loginPage: '/sign-in',
      consentPage: '/consent',
      scopes: ['openid', 'offline_access', 'introspect'],
      clientPrivileges: () => true
    })
  ],
  // It would refuse the load of a benchmark, which all comes from one address.
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: 'warn' }
})

const { runMigrations } = await getMigrations(auth.options)
await runMigrations()

/** For the benchmark only: creates a confidential client without consent, as only code of the server may. */
const createClient = headers =>
  auth.api.adminCreateOAuthClient({
    headers,
    body: {
      redirect_uris: ['https://app.example.com/callback'],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      scope: 'openid offline_access',
      client_credentials_scopes: ['introspect'],
      skip_consent: true
    }
  })

const handle = toNodeHandler(auth)

createServer(async (request, response) => {
  if (request.url !== '/bench/client') return handle(request, response)
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(await createClient(request.headers)))
}).listen(Number(PORT), '127.0.0.1')
