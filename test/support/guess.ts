import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { bearer, metricOf, password, postForm } from './app.ts'

/** A password that matches no account. */
export const wrongPassword = 'a wrong password, long enough'

/** The address of a client that has never logged in. */
export const stranger = '198.51.100.7'

export type Answer = Awaited<ReturnType<typeof postForm>>

/** The answer to a login form from `from`, by default of alice with a wrong password. */
export const guess = (app: FastifyInstance, from = stranger, form: Record<string, string> = {}) =>
  postForm(app, '/token', { grant_type: 'password', username: 'alice', password: wrongPassword, ...form }, {}, from)

/** The status of a login of `username` with the right password. */
export const logInFrom = async (app: FastifyInstance, from: string, username = 'alice') =>
  (await guess(app, from, { username, password })).statusCode

/** The statuses of this many guesses, one after the other. */
export async function guesses(app: FastifyInstance, times: number, from = stranger, form: Record<string, string> = {}) {
  const statuses: number[] = []
  for (let i = 0; i < times; i++) statuses.push((await guess(app, from, form)).statusCode)
  return statuses
}

/** The answer to a password change of the token's user, from `from`. */
export const changePassword = (app: FastifyInstance, from: string, token: string, current = wrongPassword) =>
  app.inject({
    method: 'PUT',
    url: '/users/me/password',
    remoteAddress: from,
    payload: { current_password: current, new_password: 'purple monkey dishwasher lamp' },
    headers: bearer(token)
  })

/** The number of passwords that have been given a turn to be hashed. */
export async function turns(app: FastifyInstance): Promise<number> {
  const text = await metricOf(app, 'sallyport_hash_wait_seconds')
  return Number(/^sallyport_hash_wait_seconds_count (\d+)$/m.exec(text)?.[1])
}

/** The same status this many times. */
export const all = (times: number, status: number) => Array<number>(times).fill(status)

/** Checks a complete answer against the one refusal for all throttled requests. */
export function assertMustWait(t: Test, answer: Answer, seconds: number) {
  t.equal(answer.statusCode, 429)
  t.match(answer.headers, { 'retry-after': String(seconds), 'cache-control': 'no-store', 'content-type': /json/ })
  t.strictSame(answer.json(), {
    error: 'temporarily_unavailable',
    error_description: `Too many attempts. Try again in ${seconds} s.`
  })
}
