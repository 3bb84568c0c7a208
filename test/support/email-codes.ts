import type { Email } from 'postal-mime'
import type { Test } from 'tap'
import { deriveKey, mac } from '../../src/base/secrets.ts'
import type { Config } from '../../src/config/config.ts'
import { createVerifiedUser, postForm } from './app.ts'
import { createMailApp } from './mail-server.ts'
import { createPkce } from './pkce.ts'
import { select } from './select.ts'

/** The code in a message. */
export const codeIn = (message: Email | undefined) => String(message?.text?.match(/^\d{6}$/m)?.[0])

/** Another six digits than `code`. */
export const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0')

/** An app with `EMAIL_CODES=on` and a mail server, and alice, whose address is verified. */
export async function createCodeWorld(t: Test, settings: Partial<Config> = {}) {
  const made = await createMailApp(t, { emailCodes: 'on', ...settings })
  const { app, received } = made
  const alice = await createVerifiedUser(app)
  await received()
  const { challenge, code_verifier } = createPkce()

  /** The answer of `node` to a request at the authorization challenge endpoint. */
  const send = async (form: Record<string, string>, { from = '127.0.0.1', node = app } = {}) =>
    postForm(node, '/authorize-challenge', { ...challenge, ...form }, {}, from)

  /** Asks for a code; resolves to the auth session. */
  const ask = async (username = 'alice', form: Record<string, string> = {}, about: { from?: string } = {}) =>
    String((await send({ response_type: 'code', username, factor: 'email_code', ...form }, about)).json().auth_session)

  /** Asks for a code and reads it. */
  async function asked(username = 'alice', form: Record<string, string> = {}, about: { from?: string } = {}) {
    const auth_session = await ask(username, form, about)
    return { auth_session, email_code: codeIn((await received()).at(-1)) }
  }

  return {
    ...made,
    alice,
    send,
    ask,
    asked,

    /** The right code of the newest request, also where none is mailed. */
    async rightCode() {
      const newest = 'SELECT user_id, series FROM email_codes ORDER BY expires_at DESC LIMIT 1'
      const [row] = await select(made.config.databaseUrl, newest)
      const bytes = Buffer.from(
        mac(deriveKey(made.config.secret, 'email-codes'), `${row?.series}\n${row?.user_id}`),
        'base64url'
      )
      return String(bytes.readUIntBE(0, 6) % 1_000_000).padStart(6, '0')
    },

    redeem: async (code: string) =>
      (await postForm(app, '/token', { grant_type: 'authorization_code', code, code_verifier })).json(),
    /** The error, or `code` for an authorization code, of a request that presents something. */
    async outcome(form: Record<string, string>, about: Parameters<typeof send>[1] = {}): Promise<string> {
      const answer = (await send(form, about)).json()
      return answer.authorization_code === undefined ? answer.error : 'code'
    }
  }
}
