import type { FastifyInstance } from 'fastify'
import { bearer, createVerifiedUser, password, postForm } from '../../test/support/app.ts'
import { createAuthenticator } from '../../test/support/authenticator.ts'
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
 * Victims of the attacks on factors. The attacker knows the password of paula, who has an authenticator app, and of
 * warden, an administrator who has to enrol one; and has an old access token of tess, who has no second factor. Dora
 * has a passkey.
 */
export async function createVictims(app: FastifyInstance) {
  const make = async (username: string, scopes = ['me']) => {
    const { id } = await createVerifiedUser(app, username)
    await app.userAdmin.update(id, { scopes }, {})
    return id
  }
  const ids = {
    paula: await make('paula'),
    warden: await make('warden', ['me', 'users:write', 'clients:write', 'orders:read']),
    tess: await make('tess'),
    dora: await make('dora')
  }
  await withApp(app, 'paula')
  const stolen = (await tokensOf(app, 'tess')).access_token
  const authenticator = createAuthenticator()
  const { access_token: token } = await tokensOf(app, 'dora')
  const options = await post(app, token, '/users/me/passkeys/options', {})
  const response = authenticator.create(options)
  await post(app, token, '/users/me/passkeys', { name: 'Phone', response })
  return { victims: ids, stolen, doraHandle: String(options.user.id), doraPasskey: response.id }
}
