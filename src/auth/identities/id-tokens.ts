import { sha256 } from '../../base/secrets.ts'
import { identityProvidersOf } from '../../config/identity-providers.ts'
import type { SpentRow } from '../../store/spent.ts'
import type { OnAttempt } from '../../wire/issuer/issuer-keys.ts'
import { brokenRule, maxAge } from './id-token-claims.ts'
import { objectOf, partsOf } from './id-token-parts.ts'
import { IdTokenRefusal } from './id-token-refusal.ts'
import { type Profile, profileOf } from './profile.ts'
import type { CheckSignature } from './signature.ts'

export type IdTokens = ReturnType<typeof createIdTokens>

/** An ID token that was verified. */
export interface VerifiedIdToken extends Profile {
  issuer: string
  /** The `sub`: the account at the issuer. */
  subject: string
  /** When the identity last authenticated, if the issuer says so. */
  authTime?: Date | undefined
  /** The row that a use of the token spends. */
  spent: SpentRow
}

/** How much longer a used token is remembered than it is valid, in milliseconds, for a clock that is set back. */
const marginMs = 3_600_000

/** Receives the outcome of each attempt to fetch the keys of an issuer. */
export type OnKeysFetched = (issuer: string, ...outcome: Parameters<OnAttempt>) => void

/**
 * Reads ID tokens (OpenID Connect Core 1.0 §2) of the configured issuers. The keys of an issuer, and the code that
 * checks signatures, are loaded with its first token.
 */
export function createIdTokens({
  config,
  now,
  onKeysFetched
}: {
  config: { identityProviders: string[] }
  now: () => Date
  onKeysFetched: OnKeysFetched
}) {
  const providers = new Map(identityProvidersOf(config).map(provider => [provider.issuer, provider]))
  const checks = new Map<string, Promise<CheckSignature>>()

  async function load(issuer: string): Promise<CheckSignature> {
    const { createSignatureCheck } = await import('./signature.ts')
    return createSignatureCheck(issuer, { now, onAttempt: failed => onKeysFetched(issuer, failed) })
  }

  function checkOf(issuer: string): Promise<CheckSignature> {
    const check = checks.get(issuer) ?? load(issuer)
    checks.set(issuer, check)
    return check
  }

  return {
    /**
     * Verifies an ID token; `nonce` is that of the request. Rejects with an IdTokenRefusal that says which rule the
     * token breaks, or with 503 `temporarily_unavailable` while the keys of its issuer cannot be fetched. The caller
     * spends `spent`, without which the token could be used again.
     */
    async verify(text: string, nonce: string | undefined): Promise<VerifiedIdToken> {
      const { header, payload } = partsOf(text)
      const claims = objectOf(payload, 'payload')
      const provider = providers.get(claims.iss as string)
      if (!provider) throw new IdTokenRefusal('The iss of the ID token is not an issuer that is configured here.')
      const { issuer } = provider
      const check = await checkOf(issuer)
      await check(text)
      const rule = brokenRule(claims, { ...provider, nonce, now: now() })
      if (rule !== undefined) throw new IdTokenRefusal(rule, { isSigned: true })
      return {
        issuer,
        subject: claims.sub as string,
        ...(claims.auth_time !== undefined && { authTime: new Date(authTimeOf(claims) * 1000) }),
        ...profileOf(issuer, claims),
        spent: {
          // Without the signature: from one signature of ECDSA, anyone can compute another.
          id: `id-token:${sha256(`${issuer} ${header}.${payload}`)}`,
          expiresAt: new Date(((claims.iat as number) + maxAge) * 1000 + marginMs)
        }
      }
    }
  }
}

/** The `auth_time` of a verified token, in seconds: not before the epoch, and not after its `iat`. */
const authTimeOf = (claims: Record<string, unknown>) =>
  Math.max(0, Math.min(claims.auth_time as number, claims.iat as number))
