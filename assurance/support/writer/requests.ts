import { type Answer, call } from '../../../test/support/faults.ts'
import type { Account, Login } from './account.ts'

/** The URL of a node; each call may name another one. */
export type NextUrl = () => string

/** A confidential client that may introspect tokens. */
export type Api = Record<'client_id' | 'client_secret', string>

/** The server took no request for a moment: the connection was lost, or the answer was 503 with `Retry-After`. */
export class Unavailable extends Error {
  readonly isAnswered: boolean
  constructor(message: string, isAnswered: boolean) {
    super(message)
    this.isAnswered = isAnswered
  }
}

/** `call` that rejects with `Unavailable` too. */
export async function ask(url: string, request: Parameters<typeof call>[1] = {}): Promise<Answer> {
  const answer = await call(url, request).catch(error => {
    // The error that fetch throws when the connection is lost.
    if (error instanceof TypeError && error.cause !== undefined) throw new Unavailable(String(error.cause), false)
    throw error
  })
  if (answer.status === 503 && answer.headers.has('retry-after')) throw new Unavailable(answer.text, true)
  return answer
}

/** Throws when the status is not the `expected` one. */
export function expect<T extends { status: number; text: string }>(expected: number, answer: T): T {
  if (answer.status !== expected) throw new Error(`${answer.status} instead of ${expected}: ${answer.text}`)
  return answer
}

/** A login with a password, which may count as wrong unless it is answered with tokens. */
export async function tryPassword(url: string, account: Account, password: string): Promise<Answer> {
  const { name: username, from } = account
  account.failures++
  const answer = await ask(`${url}/token`, { form: { grant_type: 'password', username, password }, from })
  if (answer.status === 200) account.failures--
  return answer
}

/** A refresh with any refresh token of the account. */
export const useRefreshToken = (url: string, { from }: Account, refresh_token: string) =>
  ask(`${url}/token`, { form: { grant_type: 'refresh_token', refresh_token }, from })

/** The registration of the account. */
export const register = (url: string, { name: username, password, from }: Account) =>
  ask(`${url}/users`, { json: { username, password }, from })

/** The account as its access token shows it. */
export const readMe = (url: string, { from }: Account, { access: token }: Login) =>
  ask(`${url}/users/me`, { token, from })

/** The answer that the API gets about an access token. */
export const introspect = (url: string, api: Api, { access: token }: Login) =>
  ask(`${url}/introspect`, { form: { token, ...api } })
