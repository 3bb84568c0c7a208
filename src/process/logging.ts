import { randomUUID } from 'node:crypto'
import type { FastifyLoggerOptions, FastifyServerOptions } from 'fastify'
import type { Config } from '../config/settings.ts'

/**
 * Fastify's logger options: one line of JSON for each event from `config.logLevel` on, and short coloured text when
 * standard output is a terminal. A request is logged as its method, its path without the query, and the client's
 * address. Members whose names mark them as secret show as `[redacted]` on the line itself, in errors to a depth of
 * three, and in `headers`, `body`, `form`, `query` and `config`; a secret within a text is not found. Lines that have
 * none of these are not searched, because the search would cost more than the line.
 */
export function loggerOptions({ logLevel }: Pick<Config, 'logLevel'>, { isTerminal }: { isTerminal: boolean }) {
  return {
    level: logLevel,
    serializers: { req: loggedRequest },
    redact: { paths: redactedPaths, censor: '[redacted]' },
    ...(isTerminal ? { transport: prettyTransport } : {})
  } satisfies FastifyServerOptions['logger'] & FastifyLoggerOptions
}

/** A new random id for a request. An id from the client could forge log entries of another user's request. */
export const newRequestId = () => randomUUID()

/** Omits the query, which may contain data that does not belong there. */
function loggedRequest({ method, url, ip }: { method: string; url: string; ip: string }) {
  return { method, path: url.split('?', 1)[0], ip }
}

// Colours its output when that is a terminal with colours and NO_COLOR is unset.
const prettyTransport = {
  target: 'pino-pretty',
  options: { singleLine: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' }
}

const secretNames = [
  ...['authorization', 'proxy-authorization', 'cookie', 'set-cookie'],
  ...['password', 'current_password', 'new_password', 'passwordHash', 'password_hash'],
  ...['token', 'access_token', 'refresh_token', 'accessToken', 'refreshToken'],
  ...['secret', 'client_secret', 'clientSecret', 'databaseUrl', 'smtpUrl']
]
const containers = ['', 'err', 'err.*', 'err.*.*', 'headers', 'body', 'form', 'query', 'config']
const redactedPaths = containers.flatMap(container => secretNames.map(name => `${container}["${name}"]`))
