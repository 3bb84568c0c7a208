import { createServer } from 'node:http'
import bcrypt from 'bcrypt'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { bearer } from 'better-auth/plugins/bearer'
import Database from '../sqlite.js'

const { PORT, DATABASE, SECRET } = process.env

const db = new Database(DATABASE)
db.pragma('journal_mode = WAL')

const auth = betterAuth({
  baseURL: `http://127.0.0.1:${PORT}`,
  secret: SECRET,
  trustedOrigins: ['http://app.example.com'],
  database: db,
  emailAndPassword: {
    enabled: true,
    password: {
      hash: password => bcrypt.hash(password, 12),
      verify: ({ hash, password }) => bcrypt.compare(password, hash)
    }
  },
  plugins: [bearer()],
  // It would refuse the load of a benchmark, which all comes from one address.
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: 'warn' }
})

const { runMigrations } = await getMigrations(auth.options)
await runMigrations()

createServer(toNodeHandler(auth)).listen(Number(PORT), '127.0.0.1')
