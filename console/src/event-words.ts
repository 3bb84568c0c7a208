import { texts } from './texts.ts'

/** An action of the audit trail in words; the name of one that a newer server has. */
export const wordsFor = (action: string): string => (texts.actions as Record<string, string>)[action] ?? action

/** An event of the audit trail in words, with the reason of a refused login. */
export function eventWords({ action, detail }: { action: string; detail: Record<string, unknown> }): string {
  const reason = action === 'login.failed' ? texts.reasons[String(detail.reason)] : undefined
  return reason === undefined ? wordsFor(action) : `${wordsFor(action)}: ${reason}`
}
