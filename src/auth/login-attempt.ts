import { channel } from 'node:diagnostics_channel'
import { OAuthError } from '../base/errors.ts'
import type { AuditEvent } from '../store/audit/events.ts'
import type { FactorUse, SecondFactorStore } from '../store/second-factors.ts'
import type { SpentRow } from '../store/spent.ts'
import type { UserRow } from '../store/users.ts'
import type { Proof } from '../wire/dpop/proof.ts'
import type { AuditAction, AuditEvents, Origin } from './audit-events.ts'
import { type Dpop, spentProof } from './dpop/dpop.ts'
import type { Throttle } from './throttle/throttle.ts'

/** A right factor: its methods (RFC 8176 §2), and what it spends and counts. */
export interface ShownFactor {
  amr: string[]
  use: FactorUse
}

/** Who makes an attempt, and with which proof of a key. */
export interface AttemptOrigin extends Origin {
  clientId?: string
  proof?: Proof | undefined
  /** The event that a failure after a right factor records; by default `login.failed`. */
  failure?: AuditAction
}

export interface AttemptDeps {
  throttle: Pick<Throttle, 'giveBack' | 'unfinishedLogin'>
  factors: Pick<SecondFactorStore, 'use'>
  dpop: Pick<Dpop, 'spend' | 'explain'>
  auditEvents: AuditEvents
  /** Counts the event of a login that did not succeed. */
  countLogin: (event: AuditEvent) => void
  /** Records an event and counts it. */
  record: (event: AuditEvent) => Promise<void>
}

/** Receives the message about an attempt that does not end exactly once. The tests fail with it. */
export const attemptFaults = channel('sallyport.attempt-faults')

/**
 * One attempt to log in, to step up or to confirm the password: what was shown, and what has to be spent, counted and
 * given back. It ends exactly once, by `complete`, `proceed`, `refuse` or `fail`. A right factor that leads to nothing
 * counts as a login and leaves an event, so that no refusal is an unrecorded way to test a password.
 */
export class LoginAttempt {
  /** The account whose factors were right. */
  user: UserRow | undefined
  /** The methods that were shown, each once (RFC 8176 §2). */
  amr: string[] = []
  isOpen = true
  private use: FactorUse
  private readonly deps: AttemptDeps
  private readonly origin: AttemptOrigin

  constructor(deps: AttemptDeps, origin: AttemptOrigin) {
    this.deps = deps
    this.origin = origin
    this.use = { spent: spentProof(origin.proof) }
  }

  /** The thumbprint of the proved key (RFC 9449 §6.1). */
  get jkt(): string | undefined {
    return this.origin.proof?.jkt
  }

  /** Adds a right factor of `user`. */
  shows(user: UserRow, { amr, use }: ShownFactor): void {
    const { spent, attempts = [], counts = [] } = this.use
    this.user = user
    this.amr = [...new Set([...this.amr, ...amr])]
    this.use = {
      ...this.use,
      ...use,
      spent: [...spent, ...use.spent],
      attempts: [...attempts, ...(use.attempts ?? [])],
      counts: [...counts, ...(use.counts ?? [])]
    }
  }

  /** Adds what earlier requests of the login have shown, and the row that spends it. */
  continues(spent: SpentRow, { amr, identity }: { amr: string[]; identity?: string | undefined }): void {
    this.amr = amr
    this.use = { ...this.use, spent: [...this.use.spent, spent], identity }
  }

  /** Gives the attempts of right factors back, before something that takes long. */
  async giveBack(): Promise<void> {
    const { attempts = [] } = this.use
    this.use.attempts = []
    await this.deps.throttle.giveBack(attempts)
  }

  /** Forgets what was shown and gives its attempts back: the account has changed, and is checked again. */
  async restart(): Promise<void> {
    await this.giveBack()
    this.user = undefined
    this.amr = []
    this.use = { spent: spentProof(this.origin.proof) }
  }

  /**
   * Ends with a session that `write` starts or moves, in the transaction that spends, counts and gives back. Stays open
   * and resolves to `undefined` if `write` does.
   */
  async complete<T>(write: (use: FactorUse) => Promise<T | undefined>): Promise<T | undefined> {
    const written = await write(this.use)
    if (written !== undefined) this.end()
    return written
  }

  /** Ends without a session to write. Throws `invalid_dpop_proof` if the proof was used at the same time. */
  async completeUnwritten(): Promise<void> {
    const { proof } = this.origin
    await this.giveBack()
    if (proof) await this.deps.dpop.spend(proof)
    this.end()
  }

  /**
   * Ends with an auth session or an authorization code, which continues the login. With `event`, spends what was shown
   * and records the event; resolves to `false` and stays open if the account has changed or something was spent before.
   */
  async proceed(event?: AuditEvent): Promise<boolean> {
    if (event && !(await this.spend(this.use, event))) return false
    if (!event && this.user) await this.deps.throttle.unfinishedLogin(this.use)
    this.end()
    return true
  }

  /**
   * Ends with a refusal that spends what was shown, but no recovery code, so that it cannot be shown without end.
   * Resolves to `false` and stays open as `proceed` does.
   */
  async refuse(reason: string): Promise<boolean> {
    const { spent, passkey, counts } = this.use
    if (!(await this.spend({ spent, passkey, counts }, this.failureOf(this.user as UserRow, reason)))) return false
    this.end()
    return true
  }

  /**
   * Ends with `error`, and resolves to the error to throw: `invalid_dpop_proof` if the proof was used at the same time.
   * After a right factor, records `reason`.
   */
  async fail(error: unknown, reason: string): Promise<unknown> {
    const { throttle, record, dpop } = this.deps
    const { proof } = this.origin
    this.end()
    if (this.user) {
      await throttle.unfinishedLogin(this.use)
      await record(this.failureOf(this.user, reason))
    }
    return proof ? dpop.explain(error, proof) : error
  }

  private async spend(use: FactorUse, event: AuditEvent): Promise<boolean> {
    await this.giveBack()
    if (!(await this.deps.factors.use(this.user as UserRow, use, event))) return false
    this.deps.countLogin(event)
    return true
  }

  private failureOf({ id }: UserRow, reason: string): AuditEvent {
    const { proof, failure = 'login.failed', ...origin } = this.origin
    return this.deps.auditEvents.event(failure, { ...origin, subject: id, detail: { reason } })
  }

  private end(): void {
    if (!this.isOpen) throw fault('A login attempt ended twice.')
    this.isOpen = false
  }
}

/** Runs requests, each as one attempt. */
export const createLoginAttempts = (deps: AttemptDeps) => ({
  /** Runs `request`. An error ends the attempt if nothing else has. Throws if it is left open. */
  async run<T>(origin: AttemptOrigin, request: (attempt: LoginAttempt) => Promise<T>): Promise<T> {
    const attempt = new LoginAttempt(deps, origin)
    try {
      const result = await request(attempt)
      if (attempt.isOpen) throw fault('A login attempt was left open.')
      return result
    } catch (error) {
      throw attempt.isOpen ? await attempt.fail(error, isOfLimit(error) ? 'limit' : 'unavailable') : error
    }
  }
})

export type LoginAttempts = ReturnType<typeof createLoginAttempts>

function fault(message: string): Error {
  attemptFaults.publish(message)
  return new Error(message)
}

/** Whether the error is the 429 of a counter. */
export const isOfLimit = (error: unknown) => error instanceof OAuthError && error.status === 429
