import { readFileSync } from 'node:fs'
import formbody from '@fastify/formbody'
import Fastify from 'fastify'

// ANSWERS is a file: { "account": the body of GET /users/me, "tokens": the body of POST /token }.
const { account, tokens } = JSON.parse(readFileSync(process.env.ANSWERS, 'utf8'))

/** A response schema that names every member of `sample`. */
function schemaOf(sample) {
  if (Array.isArray(sample)) return { type: 'array', items: { type: 'string' } }
  if (sample === null) return { type: 'null' }
  if (typeof sample === 'number') return { type: 'integer' }
  if (typeof sample !== 'object') return { type: typeof sample }
  const members = Object.entries(sample).map(([name, value]) => [name, schemaOf(value)])
  return { type: 'object', properties: Object.fromEntries(members) }
}

const form = {
  type: 'object',
  properties: { grant_type: { type: 'string' }, refresh_token: { type: 'string' } },
  required: ['grant_type']
}

export const app = Fastify()
await app.register(formbody)
app.get('/users/me', { schema: { response: { 200: schemaOf(account) } } }, async () => account)
app.post('/token', { schema: { body: form, response: { 200: schemaOf(tokens) } } }, async () => tokens)
