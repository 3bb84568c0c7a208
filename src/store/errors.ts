/**
 * An error of the database or its driver, without the query, because drizzle puts parameters such as password hashes
 * into its messages. `conflict` is a unique violation; after `unavailable`, a retry may succeed.
 */
export class StoreError extends Error {
  override name = 'StoreError'
  readonly code: 'conflict' | 'unavailable' | 'failed'
  /** The driver's code: SQLite's name, PostgreSQL's SQLSTATE or Node's error code; may be empty. */
  readonly driverCode: string

  constructor(code: StoreError['code'], message: string, driverCode = '') {
    super(message)
    this.code = code
    this.driverCode = driverCode
  }
}

const unavailable =
  /^(SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY)|08|25006|25P0[34]|28|3D000|40|53|55P03|57P|57014|58|ECONN|EPIPE|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|EACCES|EPERM|EISDIR|EROFS|ENOSPC|EDQUOT|EIO)/
/** The part of them that is about the connection to PostgreSQL, or about its whole server, or the file of SQLite. */
const outage = /^(SQLITE|08|25006|28|3D000|57P|E[A-Z]+$|$)/
const conflict = /^(SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)|23505)/
/** Messages of pg for failed connections, which have no code. */
const unavailableText =
  /^(timeout exceeded when trying to connect|Connection terminated|Client has encountered a|Query read timeout)/

/** The StoreError for any error of drizzle or a driver. */
export function toStoreError(thrown: unknown): StoreError {
  const error = rootCause(thrown)
  if (error instanceof StoreError) return error
  const code = String((error as { code?: unknown }).code ?? '')
  const kind = conflict.test(code)
    ? 'conflict'
    : unavailable.test(code) || unavailableText.test(error.message)
      ? 'unavailable'
      : 'failed'
  const message = `${describe(error, code)}${code && ` (${code})`}`
  // The stack is that of `error`, built where it is read: a stack trace loads the source map of the program. A stack of
  // its own would be built when it is replaced, so the new error has no places.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  const wrapped = new StoreError(kind, message, code)
  Error.stackTraceLimit = stackTraceLimit
  Object.defineProperty(wrapped, 'stack', { configurable: true, get: () => stackOf(wrapped, error) })
  return wrapped
}

/** The message of `wrapped`, and the places of `error`. */
const stackOf = (wrapped: StoreError, { stack = '' }: Error) =>
  [`${wrapped.name}: ${wrapped.message}`, ...stack.split('\n').filter(line => line.startsWith('    at '))].join('\n')

/** Whether the database is unavailable or read-only. */
export const isOutage = (error: unknown): error is StoreError =>
  error instanceof StoreError && error.code === 'unavailable' && outage.test(error.driverCode)

/**
 * For the `catch` of a change that takes a name: no row after a unique violation, because a concurrent change has taken
 * the name after the condition of this one was checked.
 */
export function nothingIfTaken(error: unknown): never[] {
  if (toStoreError(error).code === 'conflict') return []
  throw error
}

function describe(error: Error, code: string): string {
  const { syscall, hostname, address, port } = error as {
    syscall?: string
    hostname?: string
    address?: string
    port?: number
  }
  if (syscall === 'connect') return `Cannot connect to PostgreSQL at ${port ? `${address}:${port}` : address}`
  if (syscall === 'getaddrinfo') return `Cannot find the PostgreSQL host ${hostname}`
  // The messages of PostgreSQL's class 22 quote the rejected value.
  return `Database error: ${code.startsWith('22') ? 'a value cannot be stored' : error.message}`
}

function rootCause(thrown: unknown): Error {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  // A host with several addresses fails with one error for each, in an AggregateError without a message.
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause
  return inner instanceof Error ? rootCause(inner) : error
}

/** The same repository, whose methods fail with StoreErrors. */
export function withStoreErrors<T extends Record<string, (...args: never[]) => unknown>>(repository: T): T {
  const fail = (error: unknown): never => {
    throw toStoreError(error)
  }
  const wrap =
    (method: (...args: never[]) => unknown) =>
    (...args: never[]) => {
      try {
        const result = method(...args)
        return result instanceof Promise ? result.catch(fail) : result
      } catch (error) {
        return fail(error)
      }
    }
  return Object.fromEntries(Object.entries(repository).map(([name, method]) => [name, wrap(method)])) as T
}
