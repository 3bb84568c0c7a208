import { sha256 } from '../../src/auth/keys/secrets.ts'
import { createProofSigner, type ProofSigner, proofClaims } from '../support/dpop.ts'
import { passwordForm, type World } from './world.ts'

/** Members of a proof that differ from those of a good one. */
export interface Changes {
  claims?: Record<string, unknown>
  header?: Record<string, unknown>
}

/** The requests of a client with a key. */
export function clientOf(world: World, signer: ProofSigner = createProofSigner()) {
  const { app, token, send } = world
  const proof = (method: string, path: string, { claims, header }: Changes = {}) =>
    signer.prove({ ...proofClaims(app, [method, path]), ...claims }, header)
  return {
    jkt: signer.jkt,
    proof,
    token: (form: Record<string, string>, changes?: Changes, headers = {}) =>
      token(form, { dpop: proof('POST', '/token', changes), ...headers }),
    logIn: (changes?: Changes) => token(passwordForm, { dpop: proof('POST', '/token', changes) }),
    refresh: (refresh_token: string, headers = {}) =>
      token({ grant_type: 'refresh_token', refresh_token }, { dpop: proof('POST', '/token'), ...headers }),
    me: (accessToken: string, { claims, header }: Changes = {}) =>
      send('GET', '/users/me', {
        authorization: `DPoP ${accessToken}`,
        dpop: proof('GET', '/users/me', { claims: { ath: sha256(accessToken), ...claims }, header: header ?? {} })
      })
  }
}
