import type { FastifyInstance } from 'fastify'
import { bearer, createVerifiedUser, password, postForm } from '../../test/support/app.ts'
import { authenticatorApp } from '../../test/support/second-factor.ts'

/** Sends JSON with an access token. */
const post = async (app: FastifyInstance, token: string, url: string, payload: object) =>
  (await app.inject({ method: 'POST', url, headers: bearer(token), payload })).json()

async function tokensOf(app: FastifyInstance, username: string, form: Record<string, string> = {}) {
  const answer = await postForm(app, '/token', { grant_type: 'password', username, password, ...form })
  return answer.json() as { access_token: string; refresh_token: string }
}

/**
 * Gives an account an authenticator app. `logIn` logs in with a recovery code, of which it has ten; `code` is the
 * current one of the app.
 */
export async function withApp(app: FastifyInstance, username: string) {
  const { access_token: token } = await tokensOf(app, username)
  const { id, secret } = await post(app, token, '/users/me/factors', { type: 'totp' })
  const { code } = authenticatorApp(secret)
  const confirm = { code: code(app.clock.now()) }
  const { recovery_codes } = await post(app, token, `/users/me/factors/${id}/confirm`, confirm)
  const logIn = (form: Record<string, string> = {}) =>
    tokensOf(app, username, { ...form, recovery_code: String(recovery_codes.pop()) })
  return { logIn, code: () => code(new Date()) }
}

/**
 * Victims of the attacks on factors. The attacker knows the password of paula, who has an authenticator app, and has an
 * old access token of tess, who has no second factor.
 */
export async function createVictims(app: FastifyInstance) {
  const ids = { paula: (await createVerifiedUser(app, 'paula')).id, tess: (await createVerifiedUser(app, 'tess')).id }
  await withApp(app, 'paula')
  const stolen = (await tokensOf(app, 'tess')).access_token
  return { victims: ids, stolen }
}
