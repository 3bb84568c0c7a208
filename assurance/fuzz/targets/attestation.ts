import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { verifyAttestation } from '../../../src/auth/passkeys/attestation.ts'
import { isUsableKey } from '../../../src/auth/passkeys/cose-key.ts'
import { loadWebAuthn } from '../../../src/auth/passkeys/webauthn.ts'

// The reader of attestation objects: it throws only its own words, and a registration that it accepts is for this site
// and has a key that can be used.

const [id, challenge] = ['example.com', 'AAAA']
const rules = { id, origins: [`https://${id}`], mustVerify: false }
const client = { type: 'webauthn.create', challenge, origin: `https://${id}`, crossOrigin: false }
const clientDataJSON = Buffer.from(JSON.stringify(client)).toString('base64url')
const siteHash = createHash('sha256').update(id).digest()

export async function fuzz(data: Buffer) {
  const webauthn = await loadWebAuthn()
  const response = { clientDataJSON, attestationObject: data.toString('base64url') }
  const given = { id: 'AA', rawId: 'AA', type: 'public-key', response, clientExtensionResults: {} } as const
  try {
    const { credentialId, publicKey, counter } = await verifyAttestation(webauthn, given, challenge, rules)
    assert.ok(data.includes(siteHash) && data.includes(Buffer.from(credentialId, 'base64url')))
    const key = webauthn.decodeCredentialPublicKey(new Uint8Array(Buffer.from(publicKey, 'base64url')))
    assert.ok(isUsableKey(key as never) && counter >= 0 && counter < 2 ** 32)
  } catch (error) {
    assert.match((error as Error).message, /^its [a-zA-Z0-9, ]+$/)
  }
}
