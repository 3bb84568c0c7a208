import { textFor, texts } from './texts.ts'

interface Event {
  action: string
  detail: Record<string, unknown>
}

/** An action of the audit trail in words; the name of one that a newer server has. */
export const wordsFor = (action: string): string => textFor(texts.actions, action) ?? action

/** Why the server refused what an event is about, in words; `undefined` for other events and unknown reasons. */
export const reasonOf = ({ action, detail }: Event): string | undefined =>
  action.endsWith('failed') ? textFor(texts.reasons, String(detail.reason)) : undefined

/** An event of the audit trail in words, with the reason of a refusal. */
export function eventWords(event: Event): string {
  const reason = reasonOf(event)
  return reason === undefined ? wordsFor(event.action) : `${wordsFor(event.action)}: ${reason}`
}
