import type { FastifyInstance } from 'fastify'
import { HOTP, Secret } from 'otpauth'
import { bearer, logIn } from './app.ts'
import { stepUp } from './step-up.ts'

/** An authenticator app with a secret in base32. */
export const authenticatorApp = (secret: string) => ({
  /** The code at `now`, or the code of another time step. */
  code: (now: Date, steps = 0) =>
    HOTP.generate({ secret: Secret.fromBase32(secret), counter: Math.floor(now.getTime() / 30_000) + steps })
})

/**
 * Enrols an authenticator app for an account, in a new login, and moves the clock past the code that this uses up. The
 * login then steps up, so that it has two factors.
 */
export async function enrol(
  { app, clock }: { app: FastifyInstance; clock: { now: () => Date; advance: (seconds: number) => void } },
  form: Record<string, string> = {}
) {
  const tokens = await logIn(app, form)
  const headers = bearer(tokens.access_token)
  const begun = await app.inject({ method: 'POST', url: '/users/me/factors', headers, payload: { type: 'totp' } })
  const { id, secret } = begun.json() as { id: string; secret: string }
  const authenticator = authenticatorApp(secret)
  const url = `/users/me/factors/${id}/confirm`
  const code = authenticator.code(clock.now())
  const confirmed = await app.inject({ method: 'POST', url, headers, payload: { code } })
  const { recovery_codes: recoveryCodes } = confirmed.json() as { recovery_codes: string[] }
  clock.advance(60)
  await stepUp(app, tokens.access_token)
  return { id, secret, code: (steps = 0) => authenticator.code(clock.now(), steps), recoveryCodes, tokens, headers }
}
