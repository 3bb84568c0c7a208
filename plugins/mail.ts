import fp from 'fastify-plugin'
import type { Message } from '../src/auth/mail/messages.ts'
import { createOutbox, type Outcome } from '../src/auth/mail/outbox.ts'
import type { Config } from '../src/config/config.ts'
import { every } from '../src/recurring.ts'

// `app.deliverMail()`: sends the due messages of the queue through `SMTP_URL`, or writes them to the log when it is not
// set. A server that takes requests does this every second.
declare module 'fastify' {
  interface FastifyInstance {
    deliverMail(): Promise<void>
  }
}

const pollMs = 1000

/** The times in milliseconds after which a silent mail server has failed. */
const patience = { dnsTimeout: 10_000, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 }

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { log, metrics } = app
    const closing = new AbortController()
    const outbox = createOutbox({
      store: app.db.mail,
      users: app.db.users,
      tokens: app.oneTimeTokens,
      issuer: config.issuer,
      send: config.smtpUrl ? await createSender(config.smtpUrl, config.mailFrom, closing.signal) : writeToLog,
      onOutcome(outcome, { id, kind, attempts }, error) {
        metrics.mailed(outcome)
        // The response text of the mail server repeats the address, so it is not logged.
        const { code, responseCode, command } = (error ?? {}) as Record<string, unknown>
        log[levels[outcome]]({ mail: id, kind, attempt: attempts + 1, code, responseCode, command }, sentences[outcome])
      },
      now: app.clock.now
    })

    async function writeToLog({ to, subject, link }: Message) {
      log.warn({ to, subject, link }, 'SMTP_URL is not set: this message goes nowhere but here')
    }

    let running: Promise<void> | undefined
    const deliver = () => {
      running ??= outbox.deliver(closing.signal).finally(() => {
        running = undefined
      })
      return running
    }

    app.decorate('deliverMail', deliver)
    metrics.gauge('sallyport_mail_queued', 'Messages that wait to be sent', () => app.db.mail.count(), 'max')

    let isFailing = false
    const look = async () => {
      await deliver()
      isFailing = false
    }
    const complain = (error: unknown) => {
      // Logged once, not every second.
      if (!isFailing) log.warn({ err: error }, 'queued messages could not be read')
      isFailing = true
    }
    let stop: (() => Promise<void>) | undefined
    app.whenServing(() => {
      stop = every(pollMs, look, complain)
    }, 'queued messages will not be sent before the next start')
    app.addHook('onClose', async () => {
      closing.abort()
      await stop?.()
      await running?.catch(() => {})
    })
  },
  { name: 'mail', dependencies: ['db', 'metrics', 'services', 'serving'] }
)

const levels = { sent: 'info', dropped: 'info', failed: 'warn', refused: 'warn', expired: 'error' } as const

const sentences: Record<Outcome, string> = {
  sent: 'a message was sent',
  dropped: 'a message was not sent: there is no longer anyone to send it to',
  failed: 'a message could not be sent, and will be tried again',
  refused: 'a message was not sent: the mail server knows no such address',
  expired: 'a message was not sent: the mail server has not accepted it for a day, and it is given up'
}

/**
 * Sends over SMTP until `stop` fires. Rejects with `isFinal` when the server will never accept the address (RFC 5321
 * §4.2.1).
 */
async function createSender(url: string, sender: string, stop: AbortSignal) {
  // Loaded only when mail is sent.
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({ url, ...patience, socketCloseTimeout: 0 })
  const [, name = '', address = sender] = /^(.*?)\s*<(.+)>$/.exec(sender) ?? []
  return async ({ to, subject, text }: Message) => {
    const message = {
      // Objects are not searched for a second address.
      from: { name, address },
      to: { name: '', address: to },
      subject,
      text,
      // Keeps absence notes from replying to the message (RFC 3834 §5).
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
