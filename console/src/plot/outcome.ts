/** The outcomes of events, in the order in which bars are stacked from the bottom. */
export const outcomes = ['failed', 'succeeded', 'other'] as const
export type Outcome = (typeof outcomes)[number]

const failures = /[._](failed|refused|reuse_detected)$/
const successes = new Set(['login.succeeded', 'session.stepped_up', 'token.refreshed', 'token.retried'])

/** Whether an event is a proof that failed or was refused, one that succeeded, or anything else, such as a change. */
export function outcomeOf(action: string): Outcome {
  if (failures.test(action)) return 'failed'
  return successes.has(action) ? 'succeeded' : 'other'
}
