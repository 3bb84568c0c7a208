import Fastify from 'fastify'
import pg from 'pg'

const { PORT, DATABASE_URL, USER_ID } = process.env
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 })
const byId = {
  name: 'user_by_id',
  text: `SELECT id, username, email, email_verified, pending_email, full_name, locale, disabled, scopes, data, claims,
           invited_at, created_at, updated_at
         FROM users WHERE id = $1`
}

const text = { type: ['string', 'null'] }
const account = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    username: { type: 'string' },
    email: text,
    email_verified: { type: 'boolean' },
    pending_email: text,
    full_name: text,
    locale: text,
    disabled: { type: 'boolean' },
    scopes: { type: 'array', items: { type: 'string' } },
    data: { type: 'object', additionalProperties: true },
    claims: { type: 'object', additionalProperties: true },
    invited_at: { type: ['string', 'null'], format: 'date-time' },
    created_at: { type: 'string', format: 'date-time' },
    updated_at: { type: 'string', format: 'date-time' }
  }
}

const app = Fastify()
app.get('/users/me', { schema: { response: { 200: account } } }, async () => {
  const { rows } = await pool.query({ ...byId, values: [USER_ID] })
  return rows[0]
})
await app.listen({ port: Number(PORT), host: '127.0.0.1' })
