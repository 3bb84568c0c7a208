import t from 'tap'
import { createMetadata } from '../../../src/auth/tokens/metadata.ts'

const settings = {
  scopes: [],
  defaultScopes: ['me'],
  resources: [],
  secondFactor: 'off' as const,
  emailCodes: 'off' as const,
  identityProviders: [],
  docs: 'on' as const,
  bindsTokens: true
}

t.test('Every endpoint of the metadata begins with the issuer, including its path (RFC 8414 §2)', async t => {
  for (const issuer of ['https://auth.example.com', 'https://example.com/auth', 'http://127.0.0.1:3000']) {
    const metadata = createMetadata({ ...settings, issuer })
    t.equal(metadata.issuer, issuer)
    for (const [name, value] of Object.entries(metadata)) {
      if (name.endsWith('_endpoint') || name.endsWith('_uri')) t.ok(String(value).startsWith(`${issuer}/`), name)
    }
  }
})

t.test('The metadata lists all scopes and resources, of the settings and the server (RFC 8414 §2)', async t => {
  const { scopes_supported, protected_resources } = createMetadata({
    ...settings,
    issuer: 'https://auth.example.com',
    scopes: ['orders:read'],
    defaultScopes: ['me', 'orders:list'],
    resources: ['https://api.example.com bills:read', 'https://api.example.com bills:pay', 'urn:stock stock:read']
  })
  const expected = ['me', 'users:write', 'orders:read', 'orders:list', 'bills:read', 'bills:pay', 'stock:read']
  t.ok(expected.every(scope => scopes_supported.includes(scope)))
  t.equal(new Set(scopes_supported).size, scopes_supported.length)
  t.same(protected_resources, ['https://auth.example.com', 'https://api.example.com', 'urn:stock'])
})
