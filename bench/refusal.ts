import { type FigureResult, isFollowed } from './figures/figure.ts'

const mostSpread = 0.25
const mostOthers = 0.05
const percent = (share: number) => `${Math.round(share * 100)} %`

/**
 * Why a figure must not be published, if so: the rounds of a followed line differ too much, or other processes used
 * more than `mostOthers` of one core meanwhile.
 */
export function refusal({ lines }: Pick<FigureResult, 'lines'>, othersShare: number): string | undefined {
  const reasons = lines
    .filter(isFollowed)
    .map(({ what, median, min, max }) => ({ what, share: (max - min) / median }))
    .filter(({ share }) => share > mostSpread)
    .map(({ what, share }) => `"${what}" differs by ${percent(share)} between rounds`)
  if (othersShare > mostOthers) reasons.push(`other processes used ${percent(othersShare)} of a core`)
  return reasons.join(', and ') || undefined
}
