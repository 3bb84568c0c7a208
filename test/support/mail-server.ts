import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { Test } from 'tap'
import type { Extensions } from '../../src/auth/extensions/extensions.ts'
import type { Config } from '../../src/config/config.ts'
import { createApp } from './app.ts'

/**
 * A real mail server, closed when the test ends, and its received messages, which a parser reads before they are
 * accepted.
 */
export async function startMailServer(t: Test, { port = 0, ...options }: SMTPServerOptions & { port?: number } = {}) {
  const messages: Email[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    // Silences the warning of a server with STARTTLS that its certificate is public.
    logger: false,
    onData(stream, _session, done) {
      PostalMime.parse(Readable.toWeb(stream)).then(message => {
        messages.push(message)
        done()
      }, done)
    },
    ...options
  })
  // Some tests need a client that hangs up in the middle.
  server.on('error', () => {})
  server.listen(port, '127.0.0.1')
  await once(server.server, 'listening')
  const close = () => new Promise<void>(resolve => server.close(() => resolve()))
  t.teardown(close)
  const { port: ownPort } = server.server.address() as AddressInfo
  return { url: `smtp://127.0.0.1:${ownPort}`, port: ownPort, messages, close }
}

/**
 * An app that sends to its own mail server; `received` sends due messages and returns those that have arrived since.
 */
export async function createMailApp(t: Test, settings: Partial<Config> = {}, extensions: Extensions = {}) {
  const server = await startMailServer(t)
  const made = await createApp(t, { smtpUrl: server.url, ...settings }, {}, extensions)
  async function received() {
    await made.app.deliverMail()
    return server.messages.splice(0)
  }
  return { ...made, received, server }
}

/**
 * Sends what is due. A listening server may be in the middle of a delivery that began before: the first call waits for
 * it.
 */
export async function deliverAll(app: FastifyInstance) {
  await app.deliverMail()
  await app.deliverMail()
}

/** The link in a message, and the token in the link. */
export function linkIn(message: Email | undefined) {
  const link = new URL(String(message?.text?.match(/^https?:\S+$/m)?.[0]))
  return { link, path: link.pathname + link.search, token: String(link.searchParams.get('token')) }
}

/** The recipient addresses of a message. */
export const recipientOf = ({ to = [] }: Email) => to.map(({ address }) => address)
