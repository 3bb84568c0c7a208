import t from 'tap'
import { createMetadata } from '../../src/auth/metadata.ts'

t.test('every endpoint of the metadata begins with the issuer, path and all (RFC 8414 §2)', async t => {
  for (const issuer of ['https://auth.example.com', 'https://example.com/auth', 'http://127.0.0.1:3000']) {
    const metadata = createMetadata({ issuer })
    t.equal(metadata.issuer, issuer)
    for (const [name, value] of Object.entries(metadata)) {
      if (name.endsWith('_endpoint') || name.endsWith('_uri')) t.ok(String(value).startsWith(`${issuer}/`), name)
    }
  }
})

t.test('nothing is promised that is not there (RFC 8414 §2, §3.2)', async t => {
  const metadata = createMetadata({ issuer: 'https://auth.example.com' })
  for (const absent of ['response_types_supported', 'authorization_endpoint', 'registration_endpoint']) {
    t.notOk(absent in metadata, absent)
  }
  for (const [name, value] of Object.entries(metadata)) {
    if (Array.isArray(value)) t.ok(value.length > 0, `${name} is not empty`)
  }
})
