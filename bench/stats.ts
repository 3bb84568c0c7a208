/** The median of several measurements, and their range. */
export interface Spread {
  median: number
  min: number
  max: number
  /** The measurements in order, one per round. */
  values: number[]
}

/** Throws when a value is not a number, so that a failed computation never looks like a figure. */
export function spread(values: number[]): Spread {
  if (values.length === 0 || !values.every(Number.isFinite)) throw new Error(`These are not measurements: [${values}]`)
  const sorted = ascending(values)
  return { median: quantile(sorted, 0.5), min: sorted[0] as number, max: sorted.at(-1) as number, values }
}

/** Computed per round, because a disturbance of the machine affects consecutive measurements alike. */
export function ratios(dividends: number[], divisors: number[]): number[] {
  if (dividends.length !== divisors.length) throw new Error('A ratio needs both sides of every round')
  return dividends.map((dividend, round) => dividend / (divisors[round] as number))
}

export const ascending = (values: number[]) => [...values].sort((a, b) => a - b)

/** The value of sorted numbers below which the fraction `q` of them lies, interpolated between two neighbours. */
export function quantile(sorted: number[], q: number): number {
  const at = (sorted.length - 1) * q
  const [below, above] = [sorted[Math.floor(at)] as number, sorted[Math.ceil(at)] as number]
  return below + (above - below) * (at - Math.floor(at))
}

/** The median and the 99th percentile; not numbers where there are no values. */
export function percentiles(values: number[]): { p50: number; p99: number } {
  const sorted = ascending(values)
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }
}

/** A number with three significant digits, or with all digits before the point. */
export const shown = (value: number) =>
  value.toLocaleString('en', value >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 })
