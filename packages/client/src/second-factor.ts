import { type Challenge, OAuthError } from './oauth-error.ts'
import { signalUnknown } from './passkey-signals.ts'

/**
 * The proof of the user: the code of an authenticator app, a recovery code, the response of a passkey
 * (AuthenticationResponseJSON, which `getPasskey` resolves to), or in a step-up of an account without a second factor
 * the password.
 */
export type FactorAnswer = { otp: string } | { recoveryCode: string } | { passkey: object } | { password: string }

/**
 * Asks the user for the missing proof. It is called again when the server has refused the answer: `refused` says why.
 * Without an answer, the login or step-up is cancelled. An error that it rejects with ends them too. In a step-up, `acr`
 * is what was asked for: without one, an account that has no second factor answers with its password.
 */
export type SecondFactor = (
  challenge: Challenge & { refused: OAuthError | undefined; acr?: string | undefined }
) => FactorAnswer | undefined | Promise<FactorAnswer | undefined>

/** The code that the server has mailed, as a parameter of `/authorize-challenge`. */
type EmailCodeAnswer = { email_code: string }

/**
 * Runs `begin`. While the server asks for more, it asks the user and runs `prove` with the answer, as parameters of
 * a form. It begins again when the auth session has expired. Rejects with the error of the last attempt when the user
 * is not asked or does not answer, and with every other error.
 */
export async function untilProved<T>(
  begin: () => Promise<T>,
  prove: (authSession: string, presented: Record<string, string>) => Promise<T>,
  ask:
    | ((...given: Parameters<SecondFactor>) => ReturnType<SecondFactor> | Promise<EmailCodeAnswer | undefined>)
    | undefined
): Promise<T> {
  let attempt = begin
  let refused: OAuthError | undefined
  /** The last question, after an answer that the server may refuse without asking again. */
  let asked: Challenge | undefined
  let answer: FactorAnswer | EmailCodeAnswer | undefined
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error
      const isBegun = attempt !== begin
      if (isBegun) refused = error
      if (error.passkeyUnknown && answer && 'passkey' in answer)
        void signalUnknown(error.challenge?.passkey?.rpId, answer.passkey)
      if (isBegun && error.error === 'invalid_session') {
        attempt = begin
        continue
      }
      // A wrong password is refused as in every login, and a mailed code of another form as every invalid request. Both
      // leave the auth session as it was.
      const isKept = isBegun && (error.error === 'invalid_grant' || error.error === 'invalid_request')
      const challenge = error.challenge ?? (isKept ? asked : undefined)
      answer = challenge && (await ask?.({ ...challenge, refused }))
      if (!challenge || !answer) throw error
      asked = 'password' in answer || 'email_code' in answer ? challenge : undefined
      const presented = presentedBy(answer)
      attempt = () => prove(challenge.authSession, presented)
    }
  }
}

/** The answer as parameters of `/token` and `/authorize-challenge`. */
function presentedBy(answer: FactorAnswer | EmailCodeAnswer): Record<string, string> {
  if ('recoveryCode' in answer) return { recovery_code: answer.recoveryCode }
  if ('passkey' in answer) return { passkey: JSON.stringify(answer.passkey) }
  return answer
}
