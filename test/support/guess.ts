import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { attemptAt, type Counter, createCounters } from '../../src/auth/throttle/counters.ts'
import { countersWith } from '../../src/auth/throttle/policies.ts'
import { deriveKey, mac } from '../../src/base/secrets.ts'
import type { Config } from '../../src/config/config.ts'
import { limitsOf } from '../../src/config/limits.ts'
import { bearer, createApp, createUser, metricOf, password, postForm, withMetrics } from './app.ts'

/** A password that matches no account. */
export const wrongPassword = 'a wrong password, long enough'

/** The address of a client that has never logged in. */
export const stranger = '198.51.100.7'

/** An app with the account alice, which has never logged in, and attempts that count without a request. */
export async function createGuessWorld(t: Test, settings: Partial<Config> = {}) {
  const made = await createApp(t, { ...withMetrics, ...settings })
  const { app, clock, config } = made
  const now = () => clock.now().getTime()
  return {
    ...made,
    alice: await createUser(app),
    /** The counters of a subject. */
    countersOf: createCounters(countersWith(limitsOf(config)), text =>
      mac(deriveKey(config.secret, 'counter-names'), text)
    ),
    async count(counters: Counter[], times: number) {
      // At once, so that the store writes many together.
      const take = () => app.db.throttle.take(counters.map(one => attemptAt(one, now())))
      await Promise.all(Array.from({ length: times }, take))
    },
    /** Which of the counters with these keys have counted something. */
    counted: async (keys: string[]) =>
      (await app.db.throttle.counters(keys)).filter(({ clearsAt }) => clearsAt > now()).map(({ key }) => key)
  }
}

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
