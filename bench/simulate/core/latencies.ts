import { ascending, quantile } from '../../stats.ts'

/** Percentiles of durations, in seconds; all are NaN if there was no duration. */
export interface Percentiles {
  count: number
  p50: number
  p95: number
  p99: number
}

/** Collects durations in seconds. */
export function createLatencies() {
  const seconds: number[] = []
  return {
    add: (duration: number) => seconds.push(duration),

    percentiles(): Percentiles {
      const sorted = ascending(seconds)
      const at = (q: number) => (sorted.length === 0 ? Number.NaN : quantile(sorted, q))
      return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99) }
    }
  }
}
