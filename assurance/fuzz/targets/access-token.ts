import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { fastify } from 'fastify'
import fp from 'fastify-plugin'
import { jwtVerify } from 'jose'
import jwt from '../../../plugins/jwt.ts'
import type { Config } from '../../../src/config/config.ts'

// The reader of access tokens: for text, and for a header and a payload, one a line, that are signed with the key of the
// server. It refuses whatever jose refuses, and reads the same claims.

const issuer = 'https://auth.example.com'
const now = new Date('2026-01-31T12:00:00Z')
const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 42)])
const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
const publicKey = createPublicKey(key)
const pem = String(publicKey.export({ type: 'spki', format: 'pem' }))
const session = { id: '01890000-0000-7000-8000-000000000000', userId: 'u', clientId: 'c', revokedAt: null }
const later = { expiresAt: new Date(now.getTime() + 3.6e6), idleExpiresAt: new Date(now.getTime() + 3.6e6) }
const row = { session: { ...session, ...later }, user: { scopes: ['me'] }, endedByClient: false, clientScopes: null }
const keys = { verifier: (kid: unknown) => (kid === 'k' ? pem : undefined), verifies: () => true, algOf: () => 'EdDSA' }
const stubs = {
  keys,
  clock: { now: () => now },
  db: { sessions: { keepsRows: () => false, withUser: async (id: string) => (id === session.id ? row : undefined) } },
  personalTokens: { session: async () => undefined }
}
const app = fastify()
for (const name of ['db', 'services', 'visitor']) app.register(fp(async () => {}, { name }))
for (const [name, stub] of Object.entries(stubs)) app.decorate(name, stub as never)
app.register(jwt, { config: { issuer, accessTokenTtl: 600, dpop: 'off' } as Config })
const ready = app.ready()

export async function fuzz(data: Buffer) {
  await ready
  const text = data.toString()
  const parts = text
    .split('\n', 2)
    .map(part => Buffer.from(part).toString('base64url'))
    .join('.')
  const token = text.includes('\n') ? `${parts}.${sign(null, Buffer.from(parts), key).toString('base64url')}` : text
  const caller = await app.accessTokens.authenticate(token)
  if (!caller) return
  const { payload, protectedHeader } = await jwtVerify(token, publicKey, {
    issuer,
    currentDate: now,
    algorithms: ['EdDSA']
  })
  assert.equal(protectedHeader.kid, 'k')
  assert.deepEqual({ ...caller.claims }, payload)
  assert.deepEqual(
    caller.scopes,
    caller.claims.scope.split(' ').filter(scope => scope === 'me')
  )
}
