/** The middle of several measurements of one thing, and how far apart they were. */
export interface Spread {
  median: number
  min: number
  max: number
  /** As they were measured, one a round. */
  values: number[]
}

/** Throws when a value is not a number: a figure that cannot be computed must not look like one. */
export function spread(values: number[]): Spread {
  if (values.length === 0 || !values.every(Number.isFinite)) throw new Error(`These are no measurements: [${values}]`)
  const sorted = ascending(values)
  return { median: quantile(sorted, 0.5), min: sorted[0] as number, max: sorted.at(-1) as number, values }
}

/** Round by round, because what disturbs a machine disturbs neighbours in time alike. */
export function ratios(dividends: number[], divisors: number[]): number[] {
  if (dividends.length !== divisors.length) throw new Error('A ratio needs both sides of every round')
  return dividends.map((dividend, round) => dividend / (divisors[round] as number))
}

export const ascending = (values: number[]) => [...values].sort((a, b) => a - b)

/** Of sorted values, the one below which the part `q` of them lies; in the middle of two, their mean. */
export function quantile(sorted: number[], q: number): number {
  const at = (sorted.length - 1) * q
  const [below, above] = [sorted[Math.floor(at)] as number, sorted[Math.ceil(at)] as number]
  return below + (above - below) * (at - Math.floor(at))
}
