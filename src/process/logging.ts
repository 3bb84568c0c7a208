import { randomUUID } from 'node:crypto'
import type { FastifyLoggerOptions, FastifyServerOptions } from 'fastify'
import type { Config } from '../config/settings.ts'

/**
 * Fastify's logger options: a line of JSON for each event, from `config.logLevel` on, and short coloured text for people
 * where standard output is a terminal. A request is its method, its path without the query, and the client's address.
 * Members whose name says that they are secret show as `[redacted]` on the line itself, in errors to a depth of three,
 * and in `headers`, `body`, `form`, `query` and `config`; a secret within a text is not found. Nothing is searched
 * in lines that have none of these, for that would cost more than the line.
 */
export function loggerOptions({ logLevel }: Pick<Config, 'logLevel'>, { isTerminal }: { isTerminal: boolean }) {
  return {
    level: logLevel,
    serializers: { req: loggedRequest },
    redact: { paths: redactedPaths, censor: '[redacted]' },
    ...(isTerminal ? { transport: prettyTransport } : {})
  } satisfies FastifyServerOptions['logger'] & FastifyLoggerOptions
}

/** A request's id, new and random: one that the client sends would let it forge the log of somebody else's request. */
export const newRequestId = () => randomUUID()

/** Without the query, which may hold what somebody should not have put there. */
function loggedRequest({ method, url, ip }: { method: string; url: string; ip: string }) {
  return { method, path: url.split('?', 1)[0], ip }
}

// It colours by itself where its output is a terminal that can, and NO_COLOR is unset.
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
