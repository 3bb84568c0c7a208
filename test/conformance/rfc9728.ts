import Fastify from 'fastify'
import type { Test } from 'tap'
import verifier, { type VerifierOptions } from '../../src/verifier.ts'
import { excluded, must, type Standard, should } from './scenarios.ts'
import type { World } from './world.ts'

const audience = 'https://api.example.com'
const wellKnown = '/.well-known/oauth-protected-resource'

/** An API with `sallyport/verifier` that listens on 127.0.0.1, and requests to it. */
async function startApi(t: Test, { config }: World, options: Partial<VerifierOptions> = {}) {
  const api = Fastify()
  t.teardown(() => api.close())
  await api.register(verifier, { issuer: config.issuer, audience, ...options })
  for (const path of ['/orders', '/v1/orders'])
    api.get(path, { onRequest: api.requireScope('orders:read') }, async () => ({}))
  const url = await api.listen({ host: '127.0.0.1', port: 0 })
  return (path: string) => fetch(url + path)
}

const challengesOf = ({ headers }: Response) => String(headers.get('www-authenticate'))

export const rfc9728: Standard = {
  name: 'RFC 9728',
  title: 'OAuth 2.0 Protected Resource Metadata',
  table: 'rfc9728',
  scenarios: [
    must(
      '§2',
      'an API with sallyport/verifier serves its metadata as JSON, with its scopes and the algorithms of proofs (§3.2)',
      async (world, t) => {
        const get = await startApi(t, world)
        const answer = await get(wellKnown)
        t.equal(answer.status, 200)
        t.match(answer.headers.get('content-type'), /^application\/json(; charset=utf-8)?$/)
        t.same(await answer.json(), {
          resource: audience,
          authorization_servers: [world.config.issuer],
          scopes_supported: ['orders:read'],
          bearer_methods_supported: ['header'],
          dpop_signing_alg_values_supported: ['ES256', 'Ed25519', 'EdDSA', 'RS256']
        })
      }
    ),
    must('§3.1', 'the well-known string is between the host and the path of the resource', async (world, t) => {
      const get = await startApi(t, world, { audience: `${audience}/v1` })
      t.equal((await get(`${wellKnown}/v1`)).status, 200)
      for (const path of [wellKnown, `/v1${wellKnown}`]) t.equal((await get(path)).status, 404, path)
    }),
    must(
      '§3.3',
      'resource is the identifier of the API character for character, and an API whose identifier is not its URL has no metadata',
      async (world, t) => {
        const get = await startApi(t, world, { audience: `${audience}/v1/` })
        t.equal(((await (await get(`${wellKnown}/v1/`)).json()) as { resource: string }).resource, `${audience}/v1/`)
        for (const options of [{ audience: 'urn:example:api' }, { url: 'https://other.example.com' }]) {
          const other = await startApi(t, world, options)
          t.equal((await other(wellKnown)).status, 404)
          t.notMatch(challengesOf(await other('/orders')), 'resource_metadata')
        }
      }
    ),
    should('§4', 'the metadata of the server lists the APIs of the settings as protected_resources', [
      ['conformance/rfc8707.ts', 'RFC 8707 §2: the metadata list the resources (RFC 9728 §4)']
    ]),
    should(
      '§5.1',
      'a 401 of the API names the metadata in each challenge, for the URLs below the resource (§3.3)',
      async (world, t) => {
        const get = await startApi(t, world, { audience: `${audience}/v1` })
        const named = `resource_metadata="${audience}${wellKnown}/v1"`
        const answer = await get('/v1/orders')
        t.equal(answer.status, 401)
        t.ok(challengesOf(answer).includes(named), challengesOf(answer))
        t.notMatch(challengesOf(await get('/orders')), 'resource_metadata')
      }
    )
  ],
  notApplicable: [
    excluded('§2.2', 'signed metadata', 'It is optional, and clients fetch the metadata over TLS.'),
    excluded(
      '§2, §3',
      "metadata of Sallyport's own endpoints",
      'A client knows them from the metadata of the authorization server.'
    )
  ]
}
