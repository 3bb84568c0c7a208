import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Fastify from 'fastify'
import { jwtVerify } from 'jose'
import t from 'tap'
import verifier from '../../src/verifier.ts'
import { bearer, createUser, logIn, postForm } from '../../test/support/app.ts'
import { startServer } from '../../test/support/server.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/choose.md'), 'utf8')

/** Whether the page has the message, as code. */
const quotes = (message: string) => page.includes(`\`${message}\``)

t.test('The errors of forms and passwords are as the page writes them', async t => {
  const { app } = await startServer(t)
  const noGrant = await postForm(app, '/token', { username: 'alice', password: 'x' })
  t.ok(quotes(noGrant.json().error_description), noGrant.body)
  const json = await app.inject({ method: 'POST', url: '/token', payload: { username: 'alice' } })
  t.ok(quotes(json.json().error_description), json.body)
  const short = await app.inject({ method: 'POST', url: '/users', payload: { username: 'alice', password: 'short' } })
  t.ok(quotes(short.json().errors[0].detail), short.body)
})

t.test('A wrong audience is reported as the page says', async t => {
  const { app, url } = await startServer(t)
  await createUser(app)
  const { access_token } = await logIn(app)
  const audience = 'https://api.example.com'
  const causes: string[] = []
  const api = Fastify()
  t.teardown(() => api.close())
  await api.register(verifier, { issuer: url, audience })
  api.setErrorHandler((error: Error, _request, reply) => {
    causes.push((error.cause as Error).message)
    return reply.code(401).send()
  })
  api.get('/orders', { onRequest: api.requireScope() }, async () => [])
  await api.inject({ url: '/orders', headers: bearer(access_token) })
  const key = createPublicKey(String(await app.keys.verifier(app.keys.signer().kid)))
  await jwtVerify(access_token, key, { audience }).catch(error => causes.push(error.message))
  t.equal(causes.length, 2)
  for (const cause of causes) t.ok(quotes(cause), cause)
})
