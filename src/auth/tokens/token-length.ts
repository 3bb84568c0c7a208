import type { UserRow } from '../../store/users.ts'
import { resourcesOf } from '../resources.ts'

const uuid = '0'.repeat(36)
const time = 2_000_000_000
/** Of RS256, which has the longest signature, with a thumbprint as the `kid`. */
const header = { alg: 'RS256', typ: 'at+jwt', kid: '0'.repeat(43) }
const signatureBytes = 256

/**
 * The most characters that an access token of an account can have: with all of its scopes, for the resource with the
 * longest name, and signed with the longest signature. An embedding app's `claims` are not included.
 */
export function createTokenLength(config: { issuer: string; audience: string; resources: string[] }) {
  const { issuer, audience } = config
  const audiences = [[issuer, audience], ...resourcesOf(config).map(({ id }) => id)]
  const [aud] = audiences.sort((a, b) => JSON.stringify(b).length - JSON.stringify(a).length)
  return ({ username, scopes, claims }: Pick<UserRow, 'username' | 'scopes' | 'claims'>): number => {
    const payload = {
      ...claims,
      ...{ iss: issuer, aud, sub: uuid, client_id: `c_${uuid}`, iat: time, exp: time, jti: uuid },
      ...{ scope: scopes.join(' '), preferred_username: username, acr: 'aal2', auth_time: time, sid: uuid },
      cnf: { jkt: '0'.repeat(43) },
      amr: ['email', 'fed', 'pwd', 'otp', 'hwk', 'user', 'mfa']
    }
    return (
      [JSON.stringify(header), JSON.stringify(payload)].reduce(
        (sum, part) => sum + base64(Buffer.byteLength(part)),
        2
      ) + base64(signatureBytes)
    )
  }
}

/** The length of so many bytes in base64url. */
const base64 = (bytes: number) => Math.ceil((bytes * 4) / 3)
