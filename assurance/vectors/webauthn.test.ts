import t from 'tap'
import { createAssertion } from '../../src/auth/passkeys/assertion.ts'
import { verifyAttestation } from '../../src/auth/passkeys/attestation.ts'
import { readClientData } from '../../src/auth/passkeys/client-data.ts'
import { userHandle } from '../../src/auth/passkeys/relying-party.ts'
import { loadWebAuthn } from '../../src/auth/passkeys/webauthn.ts'
import type { PasskeyRow } from '../../src/store/second-factors.ts'
import type { UserRow } from '../../src/store/users.ts'
import { hex, vectorsIn } from './sets.ts'

type Ceremony<Members extends string> = Record<Members | 'challenge' | 'clientDataJSON', string>

interface Vector {
  name: string
  registration: Ceremony<'credential_id' | 'attestationObject'>
  authentication: Ceremony<'authenticatorData' | 'signature'>
}

const party = { id: 'example.org', origins: ['https://example.org'] }
const user = { id: 'the account of the vectors', disabled: false } as UserRow
const base64url = (member: string) => hex(member).toString('base64url')

/** The credential of a registration, as src/auth/passkeys/registration.ts reads it. */
async function register({ credential_id, challenge, clientDataJSON, attestationObject }: Vector['registration']) {
  const id = base64url(credential_id)
  const response = { clientDataJSON: base64url(clientDataJSON), attestationObject: base64url(attestationObject) }
  readClientData(response.clientDataJSON, 'webauthn.create', party)
  const given = { id, rawId: id, type: 'public-key' as const, clientExtensionResults: {}, response }
  const rules = { ...party, mustVerify: false }
  return await verifyAttestation(await loadWebAuthn(), given, base64url(challenge), rules)
}

/** Verifies an assertion by a stored passkey, after the password. */
async function authenticate(
  passkey: Awaited<ReturnType<typeof register>>,
  { challenge, clientDataJSON, authenticatorData, signature }: Vector['authentication']
) {
  const row = { ...passkey, id: 'the passkey' } as PasskeyRow
  const store = { passkeyWithUser: async () => ({ user, passkey: row }) }
  const deps = { party, store, webauthn: loadWebAuthn, now: () => new Date() }
  const { verify } = createAssertion(deps as unknown as Parameters<typeof createAssertion>[0])
  const response = {
    clientDataJSON: base64url(clientDataJSON),
    authenticatorData: base64url(authenticatorData),
    signature: base64url(signature),
    userHandle: userHandle(user.id)
  }
  const id = passkey.credentialId
  const given = { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response }
  return await verify(given, { challenge: base64url(challenge), hasFirstFactor: true })
}

/**
 * The registrations that are valid, and yet refused: other algorithms than ours, and pages in frames of other sites.
 */
const refused: Record<string, RegExp> = {
  'none-es256-crossOrigin': /comes from a frame in a page of another origin/,
  'none-es256-topOrigin': /comes from a frame in a page of another origin/,
  'packed-es384': /not valid for any offered algorithm/,
  'packed-es512': /not valid for any offered algorithm/,
  'packed-ed448': /not valid for any offered algorithm/
}

/** The same text in hexadecimal with another last byte. */
const altered = (text: string) => text.slice(0, -2) + (text.endsWith('00') ? '01' : '00')

const { vectors } = vectorsIn<Vector>('w3c-webauthn')

t.test('w3c-webauthn: each registration of our algorithms is accepted, and logs in', async t => {
  const accepted = vectors.filter(({ name }) => !(name in refused))
  t.equal(accepted.length, 10)
  for (const { name, registration, authentication } of accepted) {
    const passkey = await register(registration)
    t.equal(passkey.credentialId, base64url(registration.credential_id), name)
    t.match(await authenticate(passkey, authentication), { user, copied: false }, name)
    for (const member of ['challenge', 'signature', 'authenticatorData'] as const) {
      const changed = { ...authentication, [member]: altered(authentication[member]) }
      t.equal(await authenticate(passkey, changed), undefined, `${name} with another ${member}`)
    }
    const other = { ...registration, challenge: altered(registration.challenge) }
    await t.rejects(
      register(other),
      { message: /do not belong to this registration/ },
      `${name} with another challenge`
    )
  }
})

t.test('w3c-webauthn: other algorithms, and ceremonies in a frame of another site, are refused', async t => {
  const others = vectors.filter(({ name }) => name in refused)
  t.equal(others.length, 5)
  for (const { name, registration } of others)
    await t.rejects(register(registration), { message: refused[name] as RegExp }, name)
})

t.test('w3c-webauthn: an attestation by the key itself, whose signature has two bytes more, is refused', async t => {
  const { registration } = vectors.find(({ name }) => name === 'packed-self-es256') as Vector
  // The member `sig`, of 70 bytes: a sequence of 68, behind which a NULL comes.
  const sig = /(?<=63736967)5846(3044.{136})/
  t.match(registration.attestationObject, sig)
  const attestationObject = registration.attestationObject.replace(sig, '5848$10500')
  await t.rejects(register({ ...registration, attestationObject }), { message: /a signature that is not DER/ })
})
