import { OAuthError } from '../../base/errors.ts'
import type { Secrets } from '../../base/sealing.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { SecondFactorStore, TotpRow } from '../../store/second-factors.ts'
import type { SpentRow, SpentStore } from '../../store/spent.ts'
import type { UserRow } from '../../store/users.ts'
import { appSealing } from '../keys/stored-secrets.ts'
import type { ShownFactor } from '../login-attempt.ts'
import type { Mail } from '../mail/mail.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { SecondFactorPolicy } from './policy.ts'
import type { RecoveryCodes } from './recovery-codes.ts'
import { expiryOf, isTotpCode, totpStep } from './totp.ts'

export type FactorCodes = ReturnType<typeof createFactorCodes>

/** The code that a request contains: of an authenticator app, or a recovery code. */
export interface CodeForm {
  otp?: string | undefined
  recovery_code?: string | undefined
}

/** Whether the request contains a code. */
export const hasCode = ({ otp, recovery_code }: CodeForm) => otp !== undefined || recovery_code !== undefined

/** The event that a refusal records, and the session that steps up, where its own counters apply. */
export interface CodeUse {
  event: AuditEvent
  sessionId?: string | undefined
}

/** Checks the codes of authenticator apps and recovery codes. */
export function createFactorCodes(deps: {
  config: Secrets
  store: SecondFactorStore
  spent: SpentStore
  policy: SecondFactorPolicy
  recoveryCodes: RecoveryCodes
  throttle: Throttle
  mail: Mail
  now: () => Date
}) {
  const { config, store, spent, policy, recoveryCodes, throttle, mail, now } = deps
  const sealing = appSealing(config)

  /**
   * The row that a right code of this app spends; `undefined` for a wrong one, for one that was used, and for any code
   * of an app whose secret cannot be decrypted.
   */
  async function useOf(app: TotpRow, code: string): Promise<SpentRow | undefined> {
    const secret = sealing.open(app.secretSealed, app)?.text
    const step = secret === undefined ? undefined : await totpStep(secret, code, now())
    if (step === undefined) return undefined
    const row = { id: `totp:${app.id}:${step}`, expiresAt: expiryOf(step) }
    return (await spent.has(row.id)) ? undefined : row
  }

  async function checkTotp(
    user: UserRow,
    code: string,
    { event, sessionId }: CodeUse
  ): Promise<ShownFactor | undefined> {
    const app = await store.confirmedTotp(user.id)
    const counters = { counter: sessionId ?? user.id, series: sessionId ?? app?.id }
    const attempts = await throttle.code(counters, event)
    const row = app && (await useOf(app, code))
    return row && { amr: ['otp'], use: { spent: [row], attempts } }
  }

  async function checkRecoveryCode(
    user: UserRow,
    code: string,
    { event, sessionId }: CodeUse
  ): Promise<ShownFactor | undefined> {
    const attempts = await throttle.code({ counter: sessionId ?? user.id }, event)
    const hash = recoveryCodes.find(code, await store.recoveryCodes(user.id))
    if (hash === undefined) return undefined
    // The row stays for as long as a login that has found the code can be under way.
    const row = { id: `recovery:${hash}`, expiresAt: new Date(now().getTime() + 3_600_000) }
    const messages = await mail.secondFactor('recovery_code_used', user)
    return { amr: ['otp'], use: { spent: [row], recoveryCode: hash, messages, attempts } }
  }

  return {
    /** Encrypts the secret of an authenticator app. */
    sealSecret: (app: Pick<TotpRow, 'id' | 'userId'>, secret: string) => sealing.seal(secret, app),

    useOf,

    /** Throws `invalid_request` for two codes at once, and for an `otp` that is not six digits. */
    assertForm({ otp, recovery_code }: CodeForm) {
      if (otp !== undefined && recovery_code !== undefined)
        throw new OAuthError('invalid_request', 'Send otp or recovery_code, not both.')
      if (otp !== undefined && !isTotpCode(otp)) throw new OAuthError('invalid_request', 'otp must be six digits.')
    },

    /**
     * Splits a password that ends with the current code of the account's authenticator app, for clients that have no
     * other field. Any other password stays whole. Call it after the attempt was counted.
     */
    async split(user: UserRow | undefined, given: string): Promise<{ password: string; otp?: string }> {
      const [otp, password] = [given.slice(-6), given.slice(0, -6)]
      if (!policy.isOn || !isTotpCode(otp)) return { password: given }
      // Asked for every account, so that the time says nothing about it.
      const app = await store.confirmedTotp(user?.id ?? '')
      return app && (await useOf(app, otp)) ? { password, otp } : { password: given }
    },

    /**
     * Checks the code that a request contains, after a right password or for a step-up. The attempt is counted before
     * the code is compared; the login gives it back. Resolves to `undefined` for a wrong code, and for none. Throws 429
     * after too many wrong codes.
     */
    async check(user: UserRow, { otp, recovery_code }: CodeForm, about: CodeUse): Promise<ShownFactor | undefined> {
      if (otp !== undefined) return checkTotp(user, otp, about)
      if (recovery_code !== undefined) return checkRecoveryCode(user, recovery_code, about)
      return undefined
    }
  }
}
