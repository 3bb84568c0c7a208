import type { MailRow, MailStore } from '../../store/mail.ts'
import type { UserRow, UserStore } from '../../store/users.ts'
import type { Texts } from '../../texts/texts.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { MailKind } from './mail.ts'
import { createComposer, type Message } from './messages.ts'
import { isUndo, linkWith, type OneTimeTokens, type Purpose } from './one-time-tokens.ts'
import { addressFor } from './recipients.ts'
import { round } from './round.ts'

/**
 * The outcome of an attempt: the message was sent; it failed and is retried; the mail server rejected the address; it
 * expired after a day; it was left out because its address has received many notices of its kind; or it was dropped
 * because it has no recipient, or because there is no mail server.
 */
export type Outcome = 'sent' | 'failed' | 'refused' | 'expired' | 'limited' | 'dropped'

const atOnce = 5
const minuteMs = 60_000
const longestRetryMs = 60 * minuteMs
/** How long a message is tried, in milliseconds. */
export const keepMs = 24 * 60 * minuteMs

/** The delay before the next attempt, in milliseconds: 2 minutes, 4, 8 and so on, up to an hour. */
export const retryMs = (attempts: number) => Math.min(2 ** (attempts + 1) * minuteMs, longestRetryMs)

/** The purpose of the link in a message. */
const purposes: { [kind in MailKind]?: Purpose } = {
  verify_email: 'verify_email',
  reset_password: 'reset_password',
  invitation: 'invitation',
  email_changed: 'undo_email_change',
  factor_added: 'undo_factor',
  token_added: 'undo_factor',
  identity_added: 'undo_factor'
}

/**
 * The messages that are limited when they are requested, and the notices with a link that undoes a change: the limit of
 * the changes is theirs, so that no change goes without its link. All others are limited when they are sent.
 */
const requested: MailKind[] = [
  'verify_email',
  'reset_password',
  'invitation',
  'email_code',
  'email_changed',
  'factor_added',
  'token_added',
  'identity_added'
]

/**
 * Sends queued messages, five at a time and in rounds in which each address has its turn, and retries failed ones for a
 * day. A process claims each attempt before it begins, so that only one of several processes makes it. If that process
 * dies, the message waits for the next attempt. Messages are sent at least once; a message is sent twice when its
 * delivery was not confirmed. A link is created when its message is sent, so the queue contains no secret, and downtime
 * of the mail server does not shorten the lifetime of the link. A code is derived then. Notices are counted when they
 * are first sent: a change that did not happen has queued none, so an attacker cannot use up the limit with changes
 * that fail. `send` rejects when the message was not accepted, with `isFinal` when a retry is pointless; without
 * `send`, messages are dropped. `onOutcome` is called with each outcome.
 */
export function createOutbox(deps: {
  store: MailStore
  users: UserStore
  tokens: OneTimeTokens
  codes: { codeFor(user: UserRow, address: string): Promise<string | undefined> }
  throttle: Throttle
  texts: Pick<Texts, 'message'>
  issuer: string
  send: ((message: Message) => Promise<void>) | undefined
  onOutcome: (outcome: Outcome, message: MailRow, error?: unknown) => void
  now: () => Date
}) {
  const { store, users, tokens, codes, throttle, issuer, send, onOutcome, now } = deps
  const compose = createComposer(deps)

  /**
   * The message with its link, or `undefined` when it has no recipient. Only here does the outcome depend on whether
   * another account has verified the address: a request for a link is answered and queued in the same way.
   */
  async function prepare(row: MailRow): Promise<Message | undefined> {
    const { kind, userId, address } = row
    const purpose = purposes[kind]
    if (!purpose && kind !== 'email_code') return compose(kind, row)
    const found = userId === null ? undefined : await users.byId(userId)
    const user = found?.disabled ? undefined : found
    if (!purpose) {
      const code = user && (await codes.codeFor(user, address))
      return code === undefined ? undefined : compose(kind, row, { code })
    }
    if (!isUndo(purpose)) {
      if (!user || addressFor[purpose](user) !== address) return undefined
      const owner = await users.byVerifiedEmail(address)
      if (owner && owner.id !== user.id)
        // Not in the language of the request: a stranger made it.
        return compose('account_exists', { ...row, locale: owner.locale })
    }
    // Nobody can use the link of a closed account, but its owner should know.
    if (!user) return compose('account_closed', row)
    const token = await tokens.issue(user, purpose, row)
    return token === undefined ? undefined : compose(kind, row, { link: linkWith(issuer, purpose, token) })
  }

  /** Whether the message is a notice past the limit. Counts it otherwise, but not again for a retry. */
  const isLimited = async ({ kind, userId, address, attempts }: MailRow) =>
    attempts === 0 && !requested.includes(kind) && !(await throttle.isAllowed('message', [kind, [userId, address]]))

  async function attempt(row: MailRow): Promise<[Outcome, unknown?]> {
    if (now().getTime() - row.createdAt.getTime() >= keepMs) return ['expired']
    if (send && (await isLimited(row))) return ['limited']
    const message = send && (await prepare(row))
    if (!message) return ['dropped']
    try {
      await send(message)
      return ['sent']
    } catch (error) {
      return [(error as { isFinal?: boolean }).isFinal ? 'refused' : 'failed', error]
    }
  }

  async function deliverOne(row: MailRow) {
    if (!(await store.claim(row, new Date(now().getTime() + retryMs(row.attempts))))) return
    const [outcome, error] = await attempt(row)
    if (outcome !== 'failed') await store.remove(row.id)
    onOutcome(outcome, row, error)
  }

  return {
    /** Sends every message that is due, until `stop` fires. Rejects when the database fails. */
    async deliver(stop: AbortSignal) {
      let isDone = false
      while (!isDone) {
        isDone = true
        for await (const rows of round({ due: store.due, now, size: atOnce, stop })) {
          if (stop.aborted) return
          const attempts = await Promise.allSettled(rows.map(deliverOne))
          for (const attempt of attempts) if (attempt.status === 'rejected') throw attempt.reason
          isDone = false
        }
      }
    }
  }
}
