import { randomUUID } from 'node:crypto'
import type { FastifyLoggerOptions, FastifyServerOptions } from 'fastify'
import { type Config, confidential } from '../config/config.ts'
import { standardLog } from './log-stream.ts'
import { createTerminalLog } from './terminal-log.ts'

/**
 * Fastify's logger options: one line of JSON per event from `config.logLevel` on, or short text when standard output is
 * a terminal. Lines that cannot be written are lost. A request is logged with its method, the beginning of its path
 * without the query, and the address of the client. Members with the name of a secret are `[redacted]` at the top
 * level, in errors to a depth of three, and in `headers`, `body`, `form`, `query` and `config`. Secrets within other
 * texts are not found.
 */
export function loggerOptions({ logLevel }: Pick<Config, 'logLevel'>, { isTerminal }: { isTerminal: boolean }) {
  return {
    level: logLevel,
    serializers: { req: loggedRequest, ...(isTerminal ? { res: loggedResponse } : {}) },
    redact: { paths: redactedPaths, censor: '[redacted]' },
    stream: isTerminal ? createTerminalLog({ write, hasColors }) : standardLog()
  } satisfies FastifyServerOptions['logger'] & FastifyLoggerOptions
}

const write = (text: string) => standardLog().write(text)
const hasColors = () => process.stdout.hasColors?.()

/** A random id for a request. An id from the client could forge log entries of other requests. */
export const newRequestId = () => randomUUID()

/** The longest path in the log, in characters. Anybody can send one that is as long as all headers may be. */
const longestPath = 256

/** Omits the query, and what only a broken client sends: the fragment and the host. Each may contain a secret. */
function loggedRequest({ method, url, ip }: { method: string; url: string; ip: string }) {
  const path = url.replace(/^\w+:\/\/[^/]*/, '').replace(/[?#].*/s, '')
  return { method, path: path.slice(0, longestPath), ip }
}

/** On a terminal, the line of a response names its request. */
function loggedResponse({
  statusCode,
  request
}: {
  statusCode: number
  request?: Parameters<typeof loggedRequest>[0]
}) {
  return { statusCode, ...(request && loggedRequest(request)) }
}

const secretNames = [
  ...['authorization', 'proxy-authorization', 'cookie', 'set-cookie'],
  ...['password', 'current_password', 'new_password', 'passwordHash', 'password_hash'],
  ...['token', 'access_token', 'refresh_token', 'subject_token', 'accessToken', 'refreshToken'],
  ...['otp', 'recovery_code', 'email_code', 'auth_session', 'code_verifier'],
  ...['client_secret', 'clientSecret', ...confidential]
]
const containers = ['', 'err', 'err.*', 'err.*.*', 'headers', 'body', 'form', 'query', 'config']
const redactedPaths = containers.flatMap(container => secretNames.map(name => `${container}["${name}"]`))
