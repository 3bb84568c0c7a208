import { identityProvidersOf } from '../../config/identity-providers.ts'
import type { SpentRow } from '../../store/spent.ts'
import { sha256 } from '../keys/secrets.ts'
import { brokenRule, maxAge } from './id-token-claims.ts'
import { IdTokenRefusal } from './id-token-refusal.ts'
import { readIdToken } from './id-token-text.ts'
import { type Profile, profileOf } from './profile.ts'
import type { CheckSignature } from './signature.ts'

export type IdTokens = ReturnType<typeof createIdTokens>

/** An ID token that was verified. */
export interface VerifiedIdToken extends Profile {
  issuer: string
  /** The `sub`: the account at the issuer. */
  subject: string
  /** The row that a use of the token spends. */
  spent: SpentRow
}

/** How much longer a used token is remembered than it is valid, in milliseconds, for a clock that is set back. */
const marginMs = 3_600_000

/**
 * Reads ID tokens (OpenID Connect Core 1.0 §2) of the configured issuers. The keys of an issuer, and the code that
 * checks signatures, are loaded with its first token. `warn` receives failures to fetch keys while older ones are used.
 */
export function createIdTokens({
  config,
  now,
  warn
}: {
  config: { identityProviders: string[] }
  now: () => Date
  warn: (about: { err: unknown; issuer: string }, message: string) => void
}) {
  const providers = new Map(identityProvidersOf(config).map(provider => [provider.issuer, provider]))
  const checks = new Map<string, Promise<CheckSignature>>()

  async function load(issuer: string): Promise<CheckSignature> {
    const { createSignatureCheck } = await import('./signature.ts')
    const keepOn = (err: unknown) => warn({ err, issuer }, 'cannot fetch the keys of the issuer; using the known keys')
    return createSignatureCheck(issuer, { now, keepOn })
  }

  async function checkSignature(issuer: string, text: string) {
    const check = checks.get(issuer) ?? load(issuer)
    checks.set(issuer, check)
    await (await check)(text)
  }

  return {
    /**
     * Verifies an ID token; `nonce` is that of the request. Rejects with an IdTokenRefusal that says which rule the
     * token breaks, or with 503 `temporarily_unavailable` while the keys of its issuer cannot be fetched. The caller
     * spends `spent`, without which the token could be used again.
     */
    async verify(text: string, nonce: string | undefined): Promise<VerifiedIdToken> {
      const { header, claims, signingInput } = readIdToken(text)
      const provider = typeof claims.iss === 'string' ? providers.get(claims.iss) : undefined
      if (!provider) throw new IdTokenRefusal('The iss of the ID token is not configured here.')
      if (header.crit !== undefined) throw new IdTokenRefusal('The ID token has a critical header, which is not known.')
      if (header.typ !== undefined && !/^(application\/)?jwt$/i.test(String(header.typ)))
        throw new IdTokenRefusal('The typ of the token is not that of an ID token.')
      const { issuer } = provider
      await checkSignature(issuer, text)
      const rule = brokenRule(claims, { ...provider, nonce, now: now() })
      if (rule !== undefined) throw new IdTokenRefusal(rule, { isSigned: true })
      return {
        issuer,
        subject: claims.sub as string,
        ...profileOf(issuer, claims),
        spent: {
          // Without the signature, because others of ECDSA can be computed from one.
          id: `id-token:${sha256(`${issuer} ${signingInput}`)}`,
          expiresAt: new Date(((claims.iat as number) + maxAge) * 1000 + marginMs)
        }
      }
    }
  }
}
