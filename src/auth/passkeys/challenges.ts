import { createTokenSealing, type Secrets } from '../../base/sealing.ts'
import type { SpentRow } from '../../store/spent.ts'

export type Challenges = ReturnType<typeof createChallenges>

/** How long a user may take to create or use a passkey, in milliseconds. */
export const challengeMs = 600_000
/** How much longer a used challenge is remembered, for a clock that is set back. */
const marginMs = 3_600_000

/**
 * Challenges for new passkeys (WebAuthn L3 §13.4.3). The server keeps none: a challenge contains its id and its expiry,
 * sealed for one account.
 */
export function createChallenges({ config, newId, now }: { config: Secrets; newId: () => string; now: () => Date }) {
  const { seal, open } = createTokenSealing(config, 'passkey-challenges')

  return {
    /** A challenge for this user, in base64url. */
    create: (userId: string): string => seal(`${newId()} ${now().getTime() + challengeMs}`, userId),

    /**
     * The row that a use of the challenge spends; `undefined` unless it is a challenge for this user that has not
     * expired.
     */
    useOf(challenge: string, userId: string): SpentRow | undefined {
      const [id, expiry] = open(challenge, userId)?.split(' ') ?? []
      if (id === undefined || Number(expiry) <= now().getTime()) return undefined
      return { id: `passkey-challenge:${id}`, expiresAt: new Date(Number(expiry) + marginMs) }
    }
  }
}
