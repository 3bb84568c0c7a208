import { sha256 } from '../../src/base/secrets.ts'
import { createProofSigner, type ProofSigner, proofClaims } from '../support/dpop.ts'
import { passwordForm, type World } from './world.ts'

/** The requests of a client with a key. */
export function clientOf({ app, token, send }: World, signer: ProofSigner = createProofSigner()) {
  const proof = (method: string, path: string, claims = {}) =>
    signer.prove({ ...proofClaims(app, [method, path]), ...claims })
  const ask = (form: Record<string, string>) => token(form, { dpop: proof('POST', '/token') })
  return {
    proof,
    logIn: () => ask(passwordForm),
    refresh: (refresh_token: string) => ask({ grant_type: 'refresh_token', refresh_token }),
    me: (accessToken: string) =>
      send('GET', '/users/me', {
        authorization: `DPoP ${accessToken}`,
        dpop: proof('GET', '/users/me', { ath: sha256(accessToken) })
      })
  }
}
