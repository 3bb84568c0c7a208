import { sha256 } from '../../base/secrets.ts'
import type { PersonalTokenAndUser, PersonalTokenStore } from '../../store/personal-tokens.ts'
import type { AuditEvents } from '../audit-events.ts'
import type { Mail } from '../mail/mail.ts'
import { addressPrefix } from '../throttle/address-prefix.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { isPersonalToken } from './token-text.ts'

/** How many address prefixes of its uses a token keeps. */
const mostPrefixes = 50
/** How often the use of a token is recorded. */
const recordedMs = 3_600_000
/** How often a use is tried to be recorded while others are. Each time, another new prefix has been. */
const mostTries = 10

/** The use of personal access tokens. */
export function createTokenUse(deps: {
  store: Pick<PersonalTokenStore, 'byHash' | 'byId' | 'use'>
  throttle: Pick<Throttle, 'take' | 'isAllowed'>
  mail: Mail
  auditEvents: AuditEvents
  /** Called when a use could not be recorded, which does not prevent it. */
  onUnrecordedUse: (error: unknown) => void
  now: () => Date
}) {
  const { store, throttle, mail, auditEvents, now } = deps

  /** The token with this text, in any state, and its user. Looks for nothing unless the checksum is right. */
  const find = async (text: string) => (isPersonalToken(text) ? await store.byHash(sha256(text)) : undefined)

  async function findValid(text: string) {
    const found = await find(text)
    return found && !found.user.disabled && found.token.expiresAt > now() ? found : undefined
  }

  /** Records that the token was used from `ip`, at most once an hour, and a new address prefix at once. */
  async function recordUse(found: PersonalTokenAndUser, ip: string | null) {
    const prefix = ip === null ? undefined : addressPrefix(ip)
    const isNew = ({ token }: PersonalTokenAndUser) => prefix !== undefined && !token.prefixes.includes(prefix)
    if (!isNew(found) || !(await throttle.isAllowed('token-prefix', found.token.id))) return recordTime(found)
    let latest: PersonalTokenAndUser | undefined = found
    for (let tries = 0; tries < mostTries; tries++) {
      if (await recordPrefix(latest, String(prefix), ip)) return
      latest = await store.byId(found.token.id)
      if (!latest || !isNew(latest)) return
    }
    throw new Error(`other uses of the token ${found.token.id} were recorded at the same time`)
  }

  /** Leaves the time of another use that is recorded at the same time. */
  async function recordTime({ token }: PersonalTokenAndUser) {
    const at = now()
    if (token.lastUsedAt && at.getTime() - token.lastUsedAt.getTime() < recordedMs) return
    await store.use(token, { lastUsedAt: at, prefixes: token.prefixes }, [], [])
  }

  /** False when another use was recorded since the token was read. */
  function recordPrefix({ token, user }: PersonalTokenAndUser, prefix: string, ip: string | null) {
    const about = { actor: user.id, subject: user.id, ip, detail: { token: token.id } }
    return store.use(
      token,
      { lastUsedAt: now(), prefixes: [...token.prefixes, prefix].slice(-mostPrefixes) },
      [auditEvents.event('personal_token.used_elsewhere', about)],
      mail.notice(user, 'token_used')
    )
  }

  async function recorded(found: PersonalTokenAndUser, ip: string | null) {
    await recordUse(found, ip).catch(deps.onUnrecordedUse)
    return found
  }

  return {
    find,

    /**
     * The token with this text and its user, for an exchange by a script at `ip`. `undefined` unless both are valid.
     * Costs no hash of a password, and a wrong token writes nothing. Throws 429 after too many exchanges.
     */
    async exchange(text: string, ip: string | null): Promise<PersonalTokenAndUser | undefined> {
      const found = await findValid(text)
      if (found) await throttle.take('trusted', ['token', found.token.id])
      return found && recorded(found, ip)
    },

    /** The same for a program that was sent the token by a script at `ip`, or at an unknown address. */
    async present(text: string, ip: string | null): Promise<PersonalTokenAndUser | undefined> {
      const found = await findValid(text)
      return found && recorded(found, ip)
    }
  }
}
