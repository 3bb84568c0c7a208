import { useSyncExternalStore } from 'react'
import type { FactorAnswer, OAuthError, SecondFactor } from 'sallyport/client'

/** What the client wants to know of the user. */
type Asked = Pick<Parameters<SecondFactor>[0], 'factors' | 'passkey' | 'acr' | 'refused'>
export type Question = Asked & { answer: (shown: object) => void; cancel: () => void }

let question: Question | undefined
let notify = () => {}

async function open<Answer>(asked: Asked) {
  const shown = new Promise<object>((answer, reject) => {
    question = { ...asked, answer, cancel: () => reject(new DOMException('', 'AbortError')) }
    notify()
  })
  const close = () => {
    question = undefined
    notify()
  }
  return (await shown.finally(close)) as Answer
}

/** Asks for a second factor or, in a step-up, the password. */
export const ask: SecondFactor = asked => open<FactorAnswer>(asked)

/** Asks for the code that the server has mailed. */
export const askForCode = async ({ refused }: { refused: OAuthError | undefined }) =>
  (await open<{ email_code: string }>({ factors: ['email_code'], passkey: undefined, refused })).email_code

export const cancel = () => question?.cancel()

function subscribe(listener: () => void) {
  notify = listener
  return () => {}
}
/** The question that is open. */
export const useQuestion = () => useSyncExternalStore(subscribe, () => question)
