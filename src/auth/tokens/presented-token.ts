import { Problem, type ProblemCode } from '../../base/errors.ts'
import { isFor } from '../../wire/audience.ts'
import { authenticateHeader, authenticateHeaderOfEach, type TokenScheme } from '../../wire/authenticate-header.ts'
import { type PresentedToken, parseAuthorization } from '../../wire/authorization.ts'
import { pathOfTarget } from '../../wire/dpop/htu.ts'
import type { StepUp } from '../../wire/requirements.ts'
import { missingRole, roleDescription } from '../../wire/roles.ts'
import { isSatisfied } from '../../wire/step-up.ts'
import { invalidToken, lacksScope, malformedHeader, noToken, otherAudience } from '../../wire/token-refusals.ts'
import type { Dpop } from '../dpop/dpop.ts'
import { insufficientAuthentication, loginOf } from '../sessions/reauthentication.ts'
import type { Caller } from './access-tokens.ts'
import type { PersonalCaller } from './personal-caller.ts'

/** The part of a request that presents an access token. */
export interface ResourceRequest {
  headers: { [name: string]: string | string[] | undefined; authorization?: string | undefined }
  method: string
  /** The path, with its query. */
  url: string
  query: unknown
}

/** The method and the public URL that the proof of a request has to be for. */
export type ProofTarget = (request: ResourceRequest) => { method: string; url: string }

export type TokenRules = ReturnType<typeof createTokenRules>

/**
 * The rules of a presented access token, in the order in which a request passes them. Each throws a Problem with the
 * `WWW-Authenticate` of RFC 6750 §3, RFC 9449 §7.1 or RFC 9470 §3.
 */
export function createTokenRules({
  config,
  dpop,
  now
}: {
  config: { issuer: string; dpop: 'off' | 'optional' | 'required' }
  dpop: Pick<Dpop, 'findBindingFault'>
  now: () => Date
}) {
  const ownTarget: ProofTarget = ({ method, url }) => ({ method, url: config.issuer + pathOfTarget(url) })
  const schemes = schemesOf[config.dpop]

  return {
    /** The token of the Authorization header. Tokens in the URL or the form are not accepted. */
    present({ headers, query }: Pick<ResourceRequest, 'headers' | 'query'>): PresentedToken {
      const presented = parseAuthorization(headers.authorization, config.dpop !== 'off')
      if (presented === undefined) {
        // Without credentials, the header has no error code (RFC 6750 §3.1).
        throw new Problem('missing_token', noToken(schemes[0]), { headers: authenticateHeaderOfEach(schemes) })
      }
      if (presented === 'malformed') throw refusal('invalid_request', malformedHeader(schemes[0]))
      if (Object.hasOwn(query as object, 'access_token'))
        throw refusal('invalid_request', 'Send the access token in the Authorization header only, not in the URL.')
      return presented
    },

    /** Refuses a caller whose token is invalid, not for `audience`, or lacks a scope. */
    assertGranted<T extends Caller | PersonalCaller>(
      caller: T | undefined,
      scopes: readonly string[],
      audience = config.issuer
    ): asserts caller is T {
      if (!caller) throw refusal('invalid_token', invalidToken)
      if (!isFor(caller.claims.aud, audience)) throw refusal('invalid_token', otherAudience(audience))
      const lacking = scopes.find(scope => !caller.scopes.includes(scope))
      if (lacking !== undefined) {
        const scope = scopes.join(' ')
        throw refusal('insufficient_scope', lacksScope(lacking), { more: { scope } })
      }
    },

    /**
     * Refuses a caller whose token is not bound as it has to be, or comes without a proof for `target`, by default the
     * path below the issuer. Throws what `target` throws too.
     */
    assertProved(
      { claims }: Caller | PersonalCaller,
      presented: PresentedToken,
      request: ResourceRequest,
      target = ownTarget
    ): void {
      const fault = dpop.findBindingFault(claims, presented, () => ({
        dpop: request.headers.dpop as string | undefined,
        ...target(request)
      }))
      if (fault) throw refusal(fault.error, fault.detail, fault)
    },

    /** Refuses a caller whose claims lack one of the roles. */
    assertRoles(claims: Record<string, unknown>, roles: readonly string[]): void {
      const missing = missingRole(roles, claims)
      if (missing !== undefined) throw refusal('insufficient_scope', roleDescription(missing))
    },

    /** Refuses a caller whose login does not satisfy `stepUp` now. */
    assertLogin(caller: Caller, stepUp: StepUp | undefined): void {
      if (stepUp && !isSatisfied(stepUp, loginOf(caller), now())) throw insufficientAuthentication(stepUp)
    }
  }
}

/** The schemes that a request without a token is answered with, for each value of the setting `DPOP`. */
const schemesOf = { off: ['Bearer'], optional: ['Bearer', 'DPoP'], required: ['DPoP'] } as const

const refusal = (
  error: ProblemCode,
  detail: string,
  { scheme = 'Bearer', more = {} }: { scheme?: TokenScheme; more?: Record<string, string> } = {}
) => new Problem(error, detail, { headers: authenticateHeader(scheme, { error, error_description: detail, ...more }) })
