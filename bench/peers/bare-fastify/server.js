import { readFileSync } from 'node:fs'
import formbody from '@fastify/formbody'
import Fastify from 'fastify'

// ANSWERS is a file with the bodies of the routes below.
const { account = {}, tokens = {}, introspection = {} } = JSON.parse(readFileSync(process.env.ANSWERS, 'utf8'))

/** A response schema that names every member of `sample`. */
function schemaOf(sample) {
  if (Array.isArray(sample)) return { type: 'array', items: schemaOf(sample[0] ?? '') }
  if (sample === null) return { type: 'null' }
  if (typeof sample === 'number') return { type: 'integer' }
  if (typeof sample !== 'object') return { type: typeof sample }
  const members = Object.entries(sample).map(([name, value]) => [name, schemaOf(value)])
  return { type: 'object', properties: Object.fromEntries(members) }
}

const form = name => ({ type: 'object', properties: { [name]: { type: 'string' } }, required: [name] })

const app = Fastify()
await app.register(formbody)
const route = (method, url, body, answer) =>
  app.route({ method, url, schema: { ...body, response: { 200: schemaOf(answer) } }, handler: async () => answer })
route('GET', '/users/me', {}, account)
route('POST', '/token', { body: form('grant_type') }, tokens)
route('POST', '/introspect', { body: form('token') }, introspection)
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
