import Fastify from 'fastify'
import t from 'tap'
import verifier from '../../src/verifier.ts'

const issuer = 'https://login.example.com'
const algs = ['ES256', 'Ed25519', 'EdDSA', 'RS256']

/** The document at `path` of an API with these options, and the challenge for `/orders` and `/v1/orders`. */
async function ask(options: { audience: string; url?: string }, path: string, prefix = '') {
  const app = Fastify()
  await app.register(
    async scope => {
      await scope.register(verifier, { issuer, ...options })
      scope.addHook('onRequest', scope.requireScope())
      for (const url of ['/orders', '/v1', '/v1/orders', '/v10'])
        scope.get(url, { onRequest: scope.requireScope('orders:read') }, async () => 'x')
    },
    { prefix }
  )
  const { statusCode, headers, body } = await app.inject(path)
  const type = headers['content-type']
  const named = async (url: string) =>
    /resource_metadata="([^"]*)"/.exec(String((await app.inject(prefix + url)).headers['www-authenticate']))?.[1]
  const answer = { statusCode, type, body, named, head: (await app.inject({ method: 'HEAD', url: path })).statusCode }
  t.teardown(() => app.close())
  return answer
}

const wellKnown = '/.well-known/oauth-protected-resource'

t.test(
  'An API whose audience is its URL serves its metadata, and names it (RFC 9728 §2, §3.1, §3.2, §5.1)',
  async t => {
    const { statusCode, type, body, head, named } = await ask({ audience: 'https://api.example.com' }, wellKnown)
    t.equal(statusCode, 200, 'though a hook protects all routes')
    t.equal(head, 200)
    t.match(type, /^application\/json(; charset=utf-8)?$/)
    t.strictSame(JSON.parse(body), {
      resource: 'https://api.example.com',
      authorization_servers: [issuer],
      scopes_supported: ['orders:read'],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: algs
    })
    for (const url of ['/orders', '/orders?a=b', '/v1/orders'])
      t.equal(await named(url), `https://api.example.com${wellKnown}`)
  }
)

t.test('The well-known string goes between the host and the path of the resource (RFC 9728 §3.1)', async t => {
  for (const [audience, path, below, beside] of [
    ['https://api.example.com/', wellKnown, '/orders', undefined],
    ['https://api.example.com/v1', `${wellKnown}/v1`, '/v1/orders', '/v10'],
    ['https://api.example.com/v1', `${wellKnown}/v1`, '/v1', '/orders'],
    ['https://api.example.com/v1/', `${wellKnown}/v1/`, '/v1/orders', '/v1']
  ] as const) {
    const { statusCode, body, named } = await ask({ audience }, path)
    t.equal(statusCode, 200, audience)
    t.equal(JSON.parse(body).resource, audience, 'character for character')
    t.equal(await named(below), `https://api.example.com${path}`, audience)
    if (beside) t.equal(await named(beside), undefined, `${beside} is not below ${audience} (§3.3)`)
  }
})

t.test('An API below a path of its public URL counts that path (RFC 9728 §3.1)', async t => {
  const options = { audience: 'https://example.com/api', url: 'https://example.com/api' }
  const { statusCode, named } = await ask(options, `${wellKnown}/api`)
  t.equal(statusCode, 200)
  t.equal(await named('/orders'), `https://example.com${wellKnown}/api`)
})

t.test('There is no metadata of a resource that is not this API (RFC 9728 §3.3)', async t => {
  for (const [options, path, prefix] of [
    [{ audience: 'urn:example:api' }, wellKnown, ''],
    [{ audience: 'urn:example:api', url: 'https://api.example.com' }, wellKnown, ''],
    [{ audience: issuer }, wellKnown, ''],
    [{ audience: issuer, url: issuer }, wellKnown, ''],
    [{ audience: 'https://other.example.com', url: 'https://api.example.com' }, wellKnown, ''],
    [{ audience: 'https://api.example.com?tenant=1' }, wellKnown, ''],
    [{ audience: 'https://api.example.com#a' }, wellKnown, ''],
    [{ audience: 'https://user@api.example.com' }, wellKnown, ''],
    [{ audience: 'https://api.example.com/:id' }, `${wellKnown}/:id`, ''],
    [{ audience: 'https://api.example.com/*' }, `${wellKnown}/x`, ''],
    [{ audience: 'https://api.example.com/v1' }, `/v1${wellKnown}/v1`, '/v1']
  ] as const) {
    const { statusCode, named } = await ask(options, path, prefix)
    t.equal(statusCode, 404, JSON.stringify(options))
    for (const url of ['/orders', '/v1/orders']) t.equal(await named(url), undefined, JSON.stringify(options))
  }
})

t.test('A document of the app itself stays, and is named', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.get(wellKnown, async () => ({ theirs: true }))
  await app.register(verifier, { issuer, audience: 'https://api.example.com' })
  app.get('/orders', { onRequest: app.requireScope() }, async () => 'x')
  t.strictSame((await app.inject(wellKnown)).json(), { theirs: true })
  t.match((await app.inject('/orders')).headers['www-authenticate'], `https://api.example.com${wellKnown}`)
})

t.test('Two verifiers for one resource serve one document', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  for (const each of [issuer, 'https://login.example.org'])
    await app.register(
      async scope => void (await scope.register(verifier, { issuer: each, audience: 'https://api.example.com' }))
    )
  t.strictSame((await app.inject(wellKnown)).json().authorization_servers, [issuer])
})

t.test('Only the document is open, not what another route serves at its URL (RFC 9728 §3.1)', async t => {
  const app = Fastify({
    rewriteUrl: ({ url = '' }) => (url.endsWith('?of=orders') ? '/orders' : url)
  })
  t.teardown(() => app.close())
  await app.register(verifier, { issuer, audience: 'https://api.example.com' })
  app.all('/*', { onRequest: app.requireScope('admin') }, async () => 'x')
  for (const method of ['POST', 'DELETE', 'OPTIONS'] as const)
    t.equal((await app.inject({ method, url: wellKnown })).statusCode, 401, method)
  t.equal((await app.inject(`${wellKnown}?of=orders`)).statusCode, 401, 'a request that rewriteUrl sends elsewhere')
  t.equal((await app.inject(wellKnown)).statusCode, 200)
})
