import { signal } from '@preact/signals'
import type { FactorAnswer, PasskeyRequest, SecondFactor } from '../../src/client.ts'
import { Cancelled } from './explain.ts'

/** The proofs that a user can type, by their names in the `factors` of the server. */
export const kinds = ['otp', 'recovery_code', 'password'] as const
export type Kind = (typeof kinds)[number]

/** A question to the person, while it is open. */
export interface Question {
  /** The proofs that the server accepts, and the one to ask for first. */
  offered: Kind[]
  first: Kind
  passkey: PasskeyRequest | undefined
  /** Why the server refused the last answer. */
  refused: string | undefined
  answer(shown: FactorAnswer): void
  cancel(): void
}

/** The question that the dialog shows. */
export const question = signal<Question>()

/** Asks for a second factor or, in a step-up, the password: for `first` unless the person chooses another way. */
export const ask =
  (first: Kind): SecondFactor =>
  ({ factors, passkey, refused }) =>
    new Promise((resolve, reject) => {
      const close = () => {
        question.value = undefined
      }
      question.value = {
        offered: kinds.filter(kind => factors.includes(kind)),
        first,
        passkey,
        refused: refused?.description,
        answer(shown) {
          close()
          resolve(shown)
        },
        cancel() {
          close()
          reject(new Cancelled())
        }
      }
    })
