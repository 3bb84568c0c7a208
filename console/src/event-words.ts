import { outcomeOf } from './plot/outcome.ts'
import { textFor, texts } from './texts.ts'

interface Event {
  action: string
  detail: Record<string, unknown>
}

/** An action of the audit trail in words; the name of one that a newer server has. */
export const wordsFor = (action: string): string => textFor(texts.actions, action) ?? action

/**
 * Why the server refused what an event is about, which its details name as a counter or as a reason, in words;
 * `undefined` for other events and unknown reasons.
 */
export function reasonOf({ action, detail }: Event): string | undefined {
  if (outcomeOf(action) !== 'failed') return undefined
  const reason = String(detail.counter ?? detail.reason)
  const counter = textFor(texts.counters, reason)
  return action === 'throttle.refused' ? counter : (textFor(texts.reasons, reason) ?? counter)
}

/** An event of the audit trail in words, with the reason of a refusal. */
export function eventWords(event: Event): string {
  const reason = reasonOf(event)
  return reason === undefined ? wordsFor(event.action) : `${wordsFor(event.action)}: ${reason}`
}
