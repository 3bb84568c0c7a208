import { password } from '../../test/support/app.ts'
import { createAuthenticator } from '../../test/support/authenticator.ts'
import { createPkce } from '../../test/support/pkce.ts'
import { authenticatorApp } from '../../test/support/second-factor.ts'
import type { Attacker } from './attacker.ts'

/** The steps of a login at /authorize-challenge, and the code at the end. */
export function createSteps({ ask }: Pick<Attacker, 'ask'>) {
  const { challenge, code_verifier } = createPkce()
  return {
    challenge,
    code_verifier,
    /** A step, which by default does not end the login: 403 for more that is needed, 400 for a refusal. */
    step: async (form: Record<string, string>, expect: number[] = [400, 403]) =>
      (await ask('/authorize-challenge', { form: { ...challenge, ...form }, expect })).json,
    redeem: (code: string, form: Record<string, string> = {}, expect: number[] = [200]) =>
      ask('/token', { form: { grant_type: 'authorization_code', code, code_verifier, ...form }, expect })
  }
}

/** A new account of the attacker, by default with a passkey; `code` is that of its app, if it has one. */
export async function recruitWith(attacker: Attacker, factor: 'passkey' | 'app' | 'none' = 'none', scopes = ['me']) {
  const { ask, logIn } = attacker
  const account = await attacker.recruit(scopes)
  const { access_token: token, refresh_token } = await logIn({ username: account.username })
  const recruit = {
    ...account,
    token,
    refresh_token,
    code: () => '000000',
    authenticator: createAuthenticator(),
    recoveryCodes: ['']
  }
  if (factor === 'passkey') {
    const options = await ask('/users/me/passkeys/options', { json: {}, token, expect: [200] })
    const response = recruit.authenticator.create(options.json)
    const added = { json: { name: 'Phone', response }, token, expect: [201] }
    recruit.recoveryCodes = (await ask('/users/me/passkeys', added)).json.recovery_codes
  }
  if (factor === 'app') {
    const { json } = await ask('/users/me/factors', { json: { type: 'totp' }, token, expect: [201] })
    const { code } = authenticatorApp(json.secret)
    // The code of the step before counts too, and leaves that of now unused.
    await ask(`/users/me/factors/${json.id}/confirm`, { json: { code: code(new Date(), -1) }, token, expect: [200] })
    recruit.code = () => code(new Date())
  }
  return recruit
}

/** The form that shows a right password. */
export const shows = (username: string) => ({ response_type: 'code', username, password })
