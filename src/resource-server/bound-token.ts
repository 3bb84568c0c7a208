import { inSchemeOf } from '../wire/authenticate-header.ts'
import { type PresentedToken, parseAuthorization } from '../wire/authorization.ts'
import { bindingFault } from '../wire/dpop/binding.ts'
import { pathOfTarget } from '../wire/dpop/htu.ts'
import { createNonces, takesNonce } from '../wire/dpop/nonces.ts'
import { type BoundToken, createProofReader } from '../wire/dpop/proof.ts'
import type { AccessToken, ProvingRequest } from './access-token.ts'
import { malformedHeader, missingToken, noUrl, refusedBinding } from './bearer-error.ts'
import type { CheckedOptions } from './options.ts'

/**
 * Checks how access tokens are bound to keys (RFC 9449 §7.1), for the API at `url`. Without it, no proof can be
 * checked. A proof needs a nonce if there is a `nonceSecret`. Nothing is remembered: within 30 seconds of its `iat`, a
 * proof works again, for the same token, method and URL.
 */
export function createBoundTokens({ url, nonceSecret, now }: Pick<CheckedOptions, 'url' | 'nonceSecret' | 'now'>) {
  const nonces = nonceSecret === undefined ? undefined : createNonces({ secret: nonceSecret }, now)
  const read = createProofReader({ now, nonces })

  return {
    /**
     * The access token of an `Authorization` header, the only place where one is accepted (RFC 6750 §2.1). Throws a
     * BearerError: 401 when there is none, 400 when the header is malformed.
     */
    present(authorization: string | undefined): PresentedToken {
      const presented = parseAuthorization(authorization)
      if (presented === undefined) throw missingToken(url !== undefined)
      if (presented === 'malformed') throw malformedHeader()
      return presented
    },

    /** The headers of an error, which name the scheme of the request (RFC 9449 §7.1). */
    inScheme: (authorization: string | undefined, given: Record<string, string>) =>
      url === undefined ? given : inSchemeOf(authorization, given),

    /** The response header with the nonce for the next proof, for a request that `takesNonce`. */
    nonceHeaders: (headers: Parameters<typeof takesNonce>[0]): Record<string, string> =>
      nonces && takesNonce(headers) ? { 'DPoP-Nonce': nonces.current() } : {},

    /**
     * Throws a BearerError (401) for a bound token without a proof of its key for the request, and for another token
     * with the scheme DPoP; with the cause `noUrl` for a bound token when there is no `url`.
     */
    assertProved(
      { claims }: Pick<AccessToken, 'claims'>,
      { scheme, token }: PresentedToken,
      { headers, method, originalUrl }: ProvingRequest
    ): void {
      const { cnf } = claims as { cnf?: { jkt: string } }
      const dpop = headers.dpop as string | undefined
      const prove = (bound: BoundToken) => read({ dpop, method, url: url + pathOfTarget(originalUrl) }, bound)
      const fault = bindingFault({ cnf, scheme, token }, url === undefined ? undefined : prove)
      if (fault && url === undefined) throw refusedBinding({ ...fault, scheme: 'Bearer' }, cnf && noUrl)
      if (fault) throw refusedBinding(fault)
    }
  }
}
