import { type FigureResult, isFollowed, type Line } from './figures/figure.ts'
import { ascending, quantile } from './stats.ts'

const mostSpread = 0.25
const mostOthers = 0.05
const percent = (share: number) => `${Math.round(share * 100)} %`

/** The distance between the quartiles, as a share of the median: one round that was disturbed does not count. */
function spreadOf({ values, median }: Line): number {
  const sorted = ascending(values)
  return (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / median
}

/**
 * Why a figure must not be published, if so: the rounds of a followed line differ too much, or other processes used
 * more than `mostOthers` of one core at the same time.
 */
export function refusal({ lines }: Pick<FigureResult, 'lines'>, othersShare: number): string | undefined {
  const reasons = lines
    .filter(isFollowed)
    .map(line => ({ what: line.what, share: spreadOf(line) }))
    .filter(({ share }) => share > mostSpread)
    .map(({ what, share }) => `"${what}" differs by ${percent(share)} between rounds`)
  if (othersShare > mostOthers) reasons.push(`other processes used ${percent(othersShare)} of a core`)
  return reasons.join(', and ') || undefined
}
