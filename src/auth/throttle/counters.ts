import type { NewAttempt } from '../../store/throttle.ts'
import { doubling, firstAttempt, type Policy } from './backoff.ts'
import type { CounterName, Row, SubjectOf } from './policies.ts'

/** How much more than a prefix the /48 around it may do. */
const networkShare = 4

/** One counter of a subject: the name that metrics and events show, its key in the store and its policy. */
export interface Counter {
  name: CounterName
  key: string
  policy: Policy
}

export type CountersOf = ReturnType<typeof createCounters>

/** The counters of `table` for subjects. `hashed` hashes text of people. */
export function createCounters(table: Record<CounterName, Row<never>>, hashed: (text: string) => string) {
  /** The counter of this subject and, for an IPv6 address, that of the /48 around its prefix. */
  return <Name extends CounterName>(name: Name, subject: SubjectOf<Name>): Counter[] => {
    const { of, policy } = table[name]
    const [own, network] = of(subject as never, hashed)
    const counter = { name, key: `${name}:${own}`, policy }
    return network === undefined ? [counter] : [counter, { name, key: `${name}:${network}`, policy: widened(policy) }]
  }
}

const widened = (policy: Policy) =>
  doubling({ ...policy, free: policy.free * networkShare, forgiveMs: Math.ceil(policy.forgiveMs / networkShare) })

/** An attempt at `now`, in milliseconds since the epoch, for the store to count. */
export const attemptAt = ({ key, policy }: Counter, now: number): NewAttempt => ({
  key,
  ...policy,
  ...firstAttempt(policy, now)
})
