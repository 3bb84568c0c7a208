import { signal } from '@preact/signals'
import type { EmailCodeCredentials, FactorAnswer, OAuthError, PasskeyRequest, SecondFactor } from '../../src/client.ts'
import { type Cancelled, explain } from './explain.ts'

/** The proofs that complete a login, by their names in the `factors` of the server. */
const kinds = ['otp', 'recovery_code', 'password'] as const
export type Kind = (typeof kinds)[number] | 'email_code'

/** A proof that a user has typed, or that of a passkey. */
export type Answer = FactorAnswer | { emailCode: string }

/** The person wants another message with a code. */
export class WantsAnother extends Error {}

/** A question to the person, while it is open. */
export interface Question {
  /** The proofs that the server accepts, and the one to ask for first. */
  offered: Kind[]
  first: Kind
  passkey?: PasskeyRequest | undefined
  /** Why the server refused the last answer. */
  refused: string | undefined
  answer(presented: Answer): void
  /** Ends the question without an answer; as an error, why. */
  end(why: Cancelled | WantsAnother): void
}

/** The question that the dialog shows. */
export const question = signal<Question>()

/** Shows the question until the person has answered it. */
function open<Given extends Answer>(
  asked: Pick<Question, 'offered' | 'first' | 'passkey'> & { refused: OAuthError | undefined }
): Promise<Given> {
  return new Promise((resolve, reject) => {
    const close = () => {
      question.value = undefined
    }
    question.value = {
      ...asked,
      refused: asked.refused && explain(asked.refused),
      answer(presented) {
        close()
        resolve(presented as Given)
      },
      end(why) {
        close()
        reject(why)
      }
    }
  })
}

/** Asks for a second factor or, in a step-up, the password: for `first` unless the person chooses another way. */
export const ask =
  (first: Kind): SecondFactor =>
  ({ factors, passkey, refused }) =>
    open<FactorAnswer>({ offered: kinds.filter(kind => factors.includes(kind)), first, passkey, refused })

/** Asks for the code that the server has mailed. */
export const askForCode: EmailCodeCredentials['emailCode'] = async ({ refused }) =>
  (await open<{ emailCode: string }>({ offered: ['email_code'], first: 'email_code', refused })).emailCode
