import type { ThrottleStore } from '../../store/throttle.ts'
import type { Counter, CountersOf } from './counters.ts'
import type { CounterName, SubjectOf } from './policies.ts'

/** The counters in which one attempt counts, or in none of them. */
export function createTogether({
  store,
  countersOf,
  now
}: {
  store: ThrottleStore
  countersOf: CountersOf
  now: () => Date
}) {
  /**
   * Prefixes that have registered in the last hour share one common limit, and all others another, so that a few cannot
   * use up the registrations of everyone.
   */
  async function besideRegistration(address: string | null): Promise<Counter[]> {
    const marks = countersOf('registered', address)
    const found = await store.counters(marks.map(({ key }) => key))
    const isAgain = found.some(({ clearsAt }) => clearsAt > now().getTime())
    return [...countersOf('registrations', isAgain ? 'again' : 'first'), ...marks]
  }

  const beside: { [Name in CounterName]?: (subject: SubjectOf<Name>) => Counter[] | Promise<Counter[]> } = {
    registration: besideRegistration,
    // One account gets one link in thirty days, and an address those of many accounts.
    'first-link': ([, email]) => countersOf('first-links', email)
  }

  return async <Name extends CounterName>(name: Name, subject: SubjectOf<Name>): Promise<Counter[]> => [
    ...countersOf(name, subject),
    ...((await beside[name]?.(subject)) ?? [])
  ]
}
