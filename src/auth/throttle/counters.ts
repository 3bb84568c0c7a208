import type { NewAttempt } from '../../store/throttle.ts'
import { addressPrefixes } from './address-prefix.ts'
import { doubling, firstAttempt, type Policy } from './backoff.ts'
import { type CounterName, policies } from './policies.ts'

/** How much more than a prefix the /48 around it may do. */
const networkShare = 4

/** One counter: the name that metrics and events show, its key and its policy. */
export interface Counter {
  name: CounterName
  key: string
  policy: Policy
}

/** The counter of `policies` for this account, prefix or other key. */
export const counterOf = (name: keyof typeof policies, key: string): Counter => ({
  name,
  key: `${name}:${key}`,
  policy: policies[name]
})

/** The counter of the address's prefix and, for IPv6, that of the /48 around it. */
export function countersOfAddress(name: CounterName, policy: Policy, address: string | null): Counter[] {
  const [prefix, network] = addressPrefixes(address)
  const ofPrefix = { name, key: `${name}:${prefix}`, policy }
  if (network === undefined) return [ofPrefix]
  const wider = { ...policy, free: policy.free * networkShare, forgiveMs: Math.ceil(policy.forgiveMs / networkShare) }
  return [ofPrefix, { name, key: `${name}:${network}`, policy: doubling(wider) }]
}

/** An attempt at `now`, in milliseconds since the epoch, for the store to count. */
export const attemptAt = ({ key, policy }: Counter, now: number): NewAttempt => ({
  key,
  ...policy,
  ...firstAttempt(policy, now)
})
