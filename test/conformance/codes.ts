import type { OutgoingHttpHeaders } from 'node:http'
import type { Test } from 'tap'
import { password } from '../support/app.ts'
import { type Answer, assertUncached, type World } from './world.ts'

/** The verifier of RFC 7636 Appendix B. */
export const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
/** Its challenge. */
export const pkce = { code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' }

/** A request for a code that shows the password of alice. */
export const challengeForm = { response_type: 'code', username: 'alice', password, ...pkce }

/** An authorization code for alice, with the members of `form` added or replaced. */
export const codeOf = async (
  { challenge }: World,
  form: Record<string, string> = {},
  headers?: OutgoingHttpHeaders
): Promise<string> => (await challenge({ ...challengeForm, ...form }, headers)).body.authorization_code

/** The answer to a token request with `code` and the verifier above. */
export const exchange = (
  { token }: World,
  code: string,
  form: Record<string, string> = {},
  headers?: OutgoingHttpHeaders
) => token({ grant_type: 'authorization_code', code, code_verifier: verifier, ...form }, headers)

/** Asserts the error that asks for `factors`; resolves to its auth session. */
export function assertChallenged(t: Test, answer: Answer, factors: string[]): string {
  t.equal(answer.status, 403, answer.text)
  t.match(answer.headers['content-type'], /^application\/json(; charset=utf-8)?$/)
  assertUncached(t, answer)
  const { error_description, auth_session, ...rest } = answer.body
  t.same(rest, { error: 'insufficient_authorization', auth_session_expires_in: 600, factors })
  t.match(error_description, /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
  t.match(auth_session, /^[\w-]+$/)
  return auth_session
}
