import type { Factor, Factors } from '../../../routes/shapes.ts'
import { concurrentChange, Problem } from '../../base/errors.ts'
import type { SecondFactorStore } from '../../store/second-factors.ts'
import type { SessionRow } from '../../store/sessions.ts'
import type { UserRow } from '../../store/users.ts'
import type { AuditEvents, Origin } from '../audit-events.ts'
import type { Mail } from '../mail/mail.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { lastWayIn, type WaysIn } from '../ways-in.ts'
import type { FactorCodes } from './codes.ts'
import type { SecondFactorPolicy } from './policy.ts'
import type { RecoveryCodes } from './recovery-codes.ts'
import { newTotpSecret, qrCode, totpUri } from './totp.ts'

/** How long an authenticator app can be confirmed, in milliseconds. */
export const pendingMs = 3_600_000

/** Enrolment and removal of second factors, by their owners and by administrators. */
export function createSecondFactors(deps: {
  config: { issuer: string }
  store: SecondFactorStore
  policy: SecondFactorPolicy
  codes: FactorCodes
  recoveryCodes: RecoveryCodes
  throttle: Throttle
  mail: Mail
  waysIn: WaysIn
  auditEvents: AuditEvents
  newId: () => string
  now: () => Date
}) {
  const { config, store, policy, codes, recoveryCodes, throttle, mail, waysIn, auditEvents, newId, now } = deps

  const event = (action: Parameters<AuditEvents['event']>[0], user: UserRow, by: Origin, type: string) =>
    auditEvents.event(action, { ...by, subject: user.id, detail: { type } })

  async function list({ id }: Pick<UserRow, 'id'>): Promise<Factors> {
    const { totp, passkeys, recoveryCodes } = await store.ofUser(id)
    const apps = totp ? [{ ...totp, type: 'totp' as const, name: null }] : []
    const factors = [...apps, ...passkeys.map(passkey => ({ ...passkey, type: 'passkey' as const }))]
    return {
      items: factors.map(({ id, type, name, createdAt }) => ({ id, type, name, created_at: createdAt.toISOString() })),
      recovery_codes_left: recoveryCodes.length
    }
  }

  return {
    policy,

    /** The second factors of an account as the API returns them, and how many recovery codes it has left. */
    list,

    /**
     * Begins to enrol an authenticator app: its secret in base32, as an `otpauth:` URI, and as a QR code in SVG. The
     * app counts once `confirm` gets a code; a new one replaces an app that is not confirmed. Call
     * `enrolment.assertMayBegin` first. Throws 409 when the account changes at the same time.
     */
    async enrol(user: UserRow) {
      const [id, secret] = [newId(), await newTotpSecret()]
      const label = user.username
      const otpauth_uri = await totpUri(secret, { issuer: new URL(config.issuer).hostname, label })
      const secretSealed = codes.sealSecret({ id, userId: user.id }, secret)
      if (!(await store.insertPending(user, { id, secretSealed, createdAt: now() }))) throw concurrentChange()
      return { id, type: 'totp' as const, secret, otpauth_uri, svg: await qrCode(otpauth_uri) }
    },

    /**
     * Confirms an authenticator app with a code, which is then spent. The app replaces a former one, the account gets
     * new recovery codes, and its other sessions end. `session` stays as it is: only a step-up raises it (RFC 9068
     * §2.2.1). Throws 404, also when the password or the factors have changed since `enrol`; 400 for a wrong code; 409
     * when the account or the session changes at the same time; and 429 after too many wrong codes.
     */
    async confirm(
      user: UserRow,
      session: Pick<SessionRow, 'id'>,
      { id, code }: { id: string; code: string },
      by: Origin
    ) {
      const app = await store.pendingTotp(user.id, id)
      if (!app || now().getTime() - app.createdAt.getTime() > pendingMs)
        throw new Problem('not_found', 'There is no authenticator app with this id to confirm. Begin again.')
      const counters = { counter: user.id, series: id }
      const attempts = await throttle.code(counters, event('throttle.refused', user, by, 'totp'))
      const spent = await codes.useOf(app, code)
      if (!spent) throw wrongCode()
      await throttle.giveBack(attempts)
      const at = now()
      const created = recoveryCodes.create(user.id)
      const isDone = await store.confirmTotp(user, app, {
        now: at,
        spent: [spent],
        session: session.id,
        recoveryCodes: created.rows,
        messages: await mail.secondFactor('factor_added', user, at),
        event: event('factor.added', user, by, 'totp')
      })
      if (!isDone) throw concurrentChange()
      return { recovery_codes: created.codes }
    },

    /**
     * Removes one of the account's own second factors, of this type where given, with the last one its recovery codes,
     * and ends its sessions but `session`. Throws 404, and 409 for the last one of an account that needs one, for the
     * last way to log in, and when the account or the session changes at the same time.
     */
    async remove(
      user: UserRow,
      session: Pick<SessionRow, 'id'>,
      id: string,
      by: Origin,
      type?: Factor['type']
    ): Promise<void> {
      const { items } = await list(user)
      const factor = items.find(one => one.id === id && one.type === (type ?? one.type))
      if (!factor) throw new Problem('not_found', 'You have no second factor with this id.')
      const isPasskey = factor.type === 'passkey'
      const isLast = items.length === 1
      if (isLast && policy.isRequired(user))
        throw new Problem(
          'second_factor_required',
          'This account needs a second factor. Add another one before you remove this one.'
        )
      const isDone = await store.remove(user, id, {
        now: now(),
        isLast,
        session: session.id,
        ways: isPasskey ? waysIn.of(user) : undefined,
        messages: await mail.secondFactor('factor_removed', user),
        event: event('factor.removed', user, by, factor.type)
      })
      if (isDone) return
      if (isPasskey && !(await waysIn.remain(user, { passkey: id }))) throw lastWayIn()
      throw concurrentChange()
    },

    /**
     * Removes every second factor and recovery code of an account, and ends its sessions. Throws 404 without any, 409.
     */
    async removeAll(user: UserRow, by: Origin): Promise<void> {
      if (user.secondFactorAt === null) throw new Problem('not_found', 'This account has no second factor.')
      const isDone = await store.removeAll(user, {
        now: now(),
        messages: await mail.secondFactor('factor_removed', user),
        event: event('factor.removed', user, by, 'all')
      })
      if (!isDone) throw concurrentChange()
    },

    /**
     * Replaces the recovery codes. Throws 409 without a second factor, and when the account or the session changes at
     * the same time.
     */
    async replaceRecoveryCodes(
      user: UserRow,
      session: Pick<SessionRow, 'id'>,
      by: Origin
    ): Promise<{ recovery_codes: string[] }> {
      if (user.secondFactorAt === null) throw new Problem('no_second_factor', 'Add a second factor first.')
      const created = recoveryCodes.create(user.id)
      const isDone = await store.replaceRecoveryCodes(user, {
        now: now(),
        session: session.id,
        recoveryCodes: created.rows,
        messages: await mail.secondFactor('recovery_codes_replaced', user),
        event: auditEvents.event('recovery_codes.replaced', { ...by, subject: user.id })
      })
      if (!isDone) throw concurrentChange()
      return { recovery_codes: created.codes }
    }
  }
}

const wrongCode = () =>
  new Problem(
    'wrong_code',
    'The code is wrong, expired or was already used. Enter the current code of the authenticator app.',
    {
      errors: [{ pointer: '/code', detail: 'is wrong' }]
    }
  )
