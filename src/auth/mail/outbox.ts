import type { MailRow, MailStore } from '../../store/mail.ts'
import type { UserStore } from '../../store/users.ts'
import type { MailKind } from './mail.ts'
import { compose, type Message } from './messages.ts'
import type { OneTimeTokens, Purpose } from './one-time-tokens.ts'

export type Outbox = ReturnType<typeof createOutbox>

/**
 * What became of an attempt: the message was sent; it will be tried again; the server does not take it; it is older than
 * a day; or there was no longer anyone to send it to.
 */
export type Outcome = 'sent' | 'failed' | 'refused' | 'expired' | 'dropped'

const atOnce = 5
const minuteMs = 60_000
const longestRetryMs = 60 * minuteMs
const keepMs = 24 * 60 * minuteMs

/** How long after an attempt the next one is, in milliseconds: 2 minutes, 4, 8 … an hour. */
export const retryMs = (attempts: number) => Math.min(2 ** (attempts + 1) * minuteMs, longestRetryMs)

/** Where the page of a link is, below the issuer. */
const pages: Record<Purpose, string> = { verify_email: '/verify-email', reset_password: '/reset-password' }

/**
 * Sends what is queued, five at a time, and tries again for a day what could not be sent. Each attempt is claimed before
 * it begins, so that of several processes one makes it; one that dies on the way leaves the message to the next attempt.
 * So a message is sent at least once, and twice when nobody heard that it had arrived. A link is made as its message is
 * sent: the queue holds no secret, and a mail server that was down for an hour has not used up the life of a link.
 * `send` rejects when the message was not taken, with `isFinal` when it never will be; `onOutcome` is called with each outcome.
 */
export function createOutbox(deps: {
  store: MailStore
  users: UserStore
  tokens: OneTimeTokens
  issuer: string
  send: (message: Message) => Promise<void>
  onOutcome: (outcome: Outcome, message: MailRow, error?: unknown) => void
  now: () => Date
}) {
  const { store, users, tokens, issuer, send, onOutcome, now } = deps

  /** The message with its link, unless there is no longer anyone to send it to. */
  async function prepare(row: MailRow): Promise<Message | undefined> {
    const { kind } = row
    if (!hasLink(kind)) return compose(row, issuer, undefined)
    const user = row.userId === null ? undefined : await users.byId(row.userId)
    if (!user || user.disabled || user.email !== row.address) return undefined
    if (kind === 'verify_email' && user.emailVerified) return undefined
    return compose(row, issuer, `${issuer}${pages[kind]}?token=${await tokens.issue(user, kind)}`)
  }

  async function attempt(row: MailRow): Promise<[Outcome, unknown?]> {
    if (now().getTime() - row.createdAt.getTime() >= keepMs) return ['expired']
    const message = await prepare(row)
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
    /** Makes every attempt that is due, until `stop` fires. Rejects when the database fails. */
    async deliver(stop: AbortSignal) {
      let due: MailRow[]
      do {
        due = await store.due(now(), atOnce)
        const attempts = await Promise.allSettled(due.map(deliverOne))
        for (const attempt of attempts) if (attempt.status === 'rejected') throw attempt.reason
      } while (due.length === atOnce && !stop.aborted)
    }
  }
}

const hasLink = (kind: MailKind): kind is Purpose => kind in pages
