// access-tokens.js
import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, createRemoteJWKSet, EmbeddedJWK, jwtVerify } from 'jose'

const { ISSUER = 'http://127.0.0.1:3000', AUDIENCE = ISSUER, API_URL = 'http://127.0.0.1:4000' } = process.env
const keys = createRemoteJWKSet(new URL(`${ISSUER}/.well-known/jwks.json`), { cacheMaxAge: 300_000 })
const algs = 'algs="ES256"'

/**
 * The claims of the access token of a request of node:http (RFC 9068 §4), for this API. A token that is bound to a key
 * needs a proof for the URL below API_URL, which is that of this API as clients know it, and never from the Host
 * header. Rejects with an error that has the `status` of the answer and `challenge`, its header `WWW-Authenticate`.
 */
export async function verify({ method, url, headers }, ...scopes) {
  const [scheme, accessToken = ''] = (headers.authorization ?? '').split(' ')
  if (!/^(bearer|dpop)$/i.test(scheme)) refuse(new Error('There is no access token.'), `Bearer, DPoP ${algs}`)
  const { payload } = await jwtVerify(accessToken, keys, {
    typ: 'at+jwt',
    algorithms: ['ES256', 'RS256', 'EdDSA', 'Ed25519'],
    issuer: ISSUER,
    audience: AUDIENCE,
    clockTolerance: 10,
    requiredClaims: ['exp', 'iat', 'sub', 'client_id', 'jti']
  }).catch(error => {
    // The keys could not be fetched, which must not log users out.
    if (!error.code?.startsWith('ERR_J') || error.code === 'ERR_JWKS_TIMEOUT' || error.code === 'ERR_JOSE_GENERIC')
      throw Object.assign(error, { status: 503, challenge: '' })
    refuse(error, `Bearer error="invalid_token", DPoP ${algs}`)
  })
  if (scheme.toLowerCase() !== (payload.cnf ? 'dpop' : 'bearer'))
    refuse(new Error(`Send this token as ${payload.cnf ? 'DPoP, with a proof' : 'Bearer'}.`), `Bearer, DPoP ${algs}`)
  if (payload.cnf) {
    const proved = { method, url: API_URL + url.replace(/\?.*/, ''), accessToken, jkt: payload.cnf.jkt }
    await verifyProof(headers.dpop, proved).catch(error => refuse(error, `DPoP error="invalid_dpop_proof", ${algs}`))
  }
  const granted = String(payload.scope ?? '').split(' ')
  if (!scopes.every(scope => granted.includes(scope)))
    throw Object.assign(new Error('The token lacks a scope.'), {
      status: 403,
      challenge: `Bearer error="insufficient_scope", scope="${scopes.join(' ')}"`
    })
  return payload
}

/** Rejects unless the proof is for this request, this token and this key (RFC 9449 §4.3). */
async function verifyProof(proof, { method, url, accessToken, jkt }) {
  const options = { typ: 'dpop+jwt', algorithms: ['ES256'], requiredClaims: ['jti', 'iat'] }
  const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, options)
  if ((await calculateJwkThumbprint(protectedHeader.jwk)) !== jkt) throw new Error('The proof has another key.')
  const ath = createHash('sha256').update(accessToken).digest('base64url')
  if (payload.htm !== method || payload.htu !== url || payload.ath !== ath)
    throw new Error('The proof is for another request.')
  if (Math.abs(Date.now() / 1000 - payload.iat) > 30) throw new Error('The proof is too old.')
}

function refuse(error, challenge) {
  throw Object.assign(error, { status: 401, challenge })
}
