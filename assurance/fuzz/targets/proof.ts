import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { EmbeddedJWK, jwtVerify } from 'jose'
import { DpopRefusal } from '../../../src/wire/dpop/dpop-refusal.ts'
import { createProofReader } from '../../../src/wire/dpop/proof.ts'

// The reader of DPoP proofs and of the parts of a JWS: for text, and for a header and a payload, one a line, that are
// signed. It refuses whatever jose refuses, and a proof for another request or time.

const url = 'https://auth.example.com/token'
const now = new Date('2026-01-31T12:00:00Z')
const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 42)])
const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
const jwk = JSON.stringify(createPublicKey(key).export({ format: 'jwk' }))
const base64url = (text: string) => Buffer.from(text).toString('base64url')

export async function fuzz(data: Buffer) {
  const text = data.toString()
  const [header = '', payload = ''] = text.split('\n')
  const input = `${base64url(header.replace('"JWK"', jwk))}.${base64url(payload)}`
  const dpop = text.includes('\n') ? `${input}.${sign(null, Buffer.from(input), key).toString('base64url')}` : text
  const proof = accepted(dpop)
  if (!proof) return
  const options = { typ: 'dpop+jwt', currentDate: now, maxTokenAge: 30, clockTolerance: 30 }
  for (const part of dpop.split('.', 2)) {
    const json = Buffer.from(part, 'base64url').toString()
    assert.equal(membersIn(json), membersIn(JSON.stringify(JSON.parse(json))), 'no name is there twice')
  }
  const { payload: claims } = await jwtVerify(dpop, EmbeddedJWK, options)
  assert.equal(claims.htm, 'POST')
  assert.equal(decodeURIComponent(new URL(String(claims.htu)).href), url)
  assert.ok(typeof claims.jti === 'string' && Math.abs(Number(claims.iat) - now.getTime() / 1000) <= 30)
  assert.ok(proof.expiresAt > new Date(now.getTime() - 1) && proof.id !== '')
}

/** How many members the objects in a JSON text have. */
const membersIn = (json: string) => json.match(/"(?:[^"\\]|\\.)*"\s*:/g)?.length

function accepted(dpop: string) {
  try {
    return createProofReader({ now: () => now, nonces: undefined })({ dpop, method: 'POST', url })
  } catch (error) {
    assert.ok(error instanceof DpopRefusal, String(error))
    return undefined
  }
}
