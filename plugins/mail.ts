import fp from 'fastify-plugin'
import type { Message } from '../src/auth/mail/messages.ts'
import { createOutbox, type Outcome } from '../src/auth/mail/outbox.ts'
import { every } from '../src/base/recurring.ts'
import type { Config } from '../src/config/config.ts'
import { isLocalIssuer } from '../src/config/loopback.ts'

// `app.deliverMail()`: sends the queued messages that are due to `SMTP_URL`. When it is not set, a server on a loopback
// issuer writes them to the log, and any other server drops them. A server that accepts requests does this every
// second.
declare module 'fastify' {
  interface FastifyInstance {
    deliverMail(): Promise<void>
  }
}

const pollMs = 1000

/** Timeouts for the mail server, in milliseconds. */
const patience = { dnsTimeout: 10_000, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 }

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { log, metrics } = app
    const closing = new AbortController()
    const send = config.smtpUrl
      ? await createSender(config.smtpUrl, config.mailFrom, closing.signal)
      : isLocalIssuer(config.issuer)
        ? writeToLog
        : undefined
    const outbox = createOutbox({
      store: app.db.mail,
      users: app.db.users,
      tokens: app.oneTimeTokens,
      codes: app.emailCodes,
      throttle: app.throttle,
      texts: app.texts,
      issuer: config.issuer,
      send,
      onOutcome(outcome, { id, kind, attempts }, error) {
        metrics.mailed(outcome)
        // The error message is not logged, because it contains the address.
        const { code, responseCode, command } = (error ?? {}) as Record<string, unknown>
        const sentence = outcome === 'dropped' && !send ? unsent : `${sentences[outcome]}${adviceOn(code, command)}`
        log[levels[outcome]]({ mail: id, kind, attempt: attempts + 1, code, responseCode, command }, sentence)
      },
      now: app.clock.now
    })

    async function writeToLog({ to, subject, link, code }: Message) {
      log.warn({ to, subject, link, code }, 'SMTP_URL is not set: message logged instead of sent')
    }

    let running: Promise<void> | undefined
    const deliver = () => {
      running ??= outbox.deliver(closing.signal).finally(() => {
        running = undefined
      })
      return running
    }

    app.decorate('deliverMail', deliver)
    metrics.gauge('sallyport_mail_queued', 'Messages waiting to be sent', () => app.db.mail.count(), 'max')

    let isFailing = false
    const look = async () => {
      await deliver()
      isFailing = false
    }
    const complain = (error: unknown) => {
      // Logged once, not every second.
      if (!isFailing) app.logFailure('warn', { err: error }, 'failed to process queued messages')
      isFailing = true
    }
    let stop: (() => Promise<void>) | undefined
    app.whenServing(() => {
      if (!send) log.warn('SMTP_URL is not set: messages are dropped until it is set')
      stop = every(pollMs, look, complain)
    }, 'failed to start mail delivery: queued messages wait for the next start')
    app.addHook('onClose', async () => {
      closing.abort()
      await stop?.()
      await running?.catch(() => {})
    })
  },
  { name: 'mail', dependencies: ['outage', 'db', 'metrics', 'services', 'serving', 'texts'] }
)

const levels = {
  sent: 'info',
  dropped: 'info',
  limited: 'info',
  failed: 'warn',
  refused: 'warn',
  expired: 'error'
} as const

const unsent = 'message dropped: SMTP_URL is not set'

const sentences: Record<Outcome, string> = {
  sent: 'message sent',
  dropped: 'message dropped: it has no recipient',
  limited: 'message not sent: its address has received many of its kind',
  failed: 'message not sent: retrying later',
  refused: 'message not sent: the mail server rejected the address',
  expired: 'message not sent: the mail server has not accepted it for a day'
}

/** Which setting a failure is about, by nodemailer's code. */
function adviceOn(code: unknown, command: unknown): string {
  if (command === 'MAIL FROM') return '. Check MAIL_FROM'
  return /^E(DNS|CONNECTION|SOCKET|TIMEDOUT|TLS|PROTOCOL|AUTH)$/.test(String(code)) ? '. Check SMTP_URL' : ''
}

/** Sends over SMTP until `stop` fires. Rejects with `isFinal` when the server rejects the address (RFC 5321 §4.2.1). */
async function createSender(url: string, sender: string, stop: AbortSignal) {
  // Loaded only when SMTP_URL is set.
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({ url, ...patience, socketCloseTimeout: 0 })
  const [, name = '', address = sender] = /^(.*?)\s*<(.+)>$/.exec(sender) ?? []
  return async ({ to, subject, text, date }: Message) => {
    const message = {
      // As objects, so that nodemailer does not parse a text for more addresses.
      from: { name, address },
      to: { name: '', address: to },
      subject,
      text,
      date,
      // Prevents automatic replies, such as absence notes (RFC 3834 §5).
      headers: { 'Auto-Submitted': 'auto-generated' },
      signal: stop
    }
    try {
      await transport.sendMail(message)
    } catch (error) {
      const { responseCode, command } = error as { responseCode?: number; command?: string }
      throw Object.assign(error as Error, { isFinal: command === 'RCPT TO' && Number(responseCode) >= 500 })
    }
  }
}
