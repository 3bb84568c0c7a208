const weights: Record<string, Record<string, number>> = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  UI: { N: 0.85, R: 0.62 },
  C: { H: 0.56, L: 0.22, N: 0 },
  I: { H: 0.56, L: 0.22, N: 0 },
  A: { H: 0.56, L: 0.22, N: 0 }
}
const privileges: Record<string, Record<string, number>> = {
  U: { N: 0.85, L: 0.62, H: 0.27 },
  C: { N: 0.85, L: 0.68, H: 0.5 }
}

/** Rounds up to one decimal place, without the errors of floating point (CVSS 3.1, appendix A). */
function roundUp(value: number): number {
  const whole = Math.round(value * 100_000)
  return whole % 10_000 === 0 ? whole / 100_000 : (Math.floor(whole / 10_000) + 1) / 10
}

/** The base score of a CVSS 3.1 vector (§7.1); `NaN` if the vector is not one of base metrics. */
export function cvssScore(vector: string): number {
  if (!/^CVSS:3\.1\/AV:[NALP]\/AC:[LH]\/PR:[NLH]\/UI:[NR]\/S:[UC]\/C:[HLN]\/I:[HLN]\/A:[HLN]$/.test(vector))
    return Number.NaN
  const metrics = Object.fromEntries(vector.split('/').map(metric => metric.split(':'))) as Record<string, string>
  const weight = (name: string) => weights[name]?.[metrics[name] as string] as number
  const isChanged = metrics.S === 'C'
  const loss = 1 - (1 - weight('C')) * (1 - weight('I')) * (1 - weight('A'))
  const impact = isChanged ? 7.52 * (loss - 0.029) - 3.25 * (loss - 0.02) ** 15 : 6.42 * loss
  if (impact <= 0) return 0
  const privilege = privileges[metrics.S as string]?.[metrics.PR as string] as number
  const exploitability = 8.22 * weight('AV') * weight('AC') * privilege * weight('UI')
  return roundUp(Math.min((isChanged ? 1.08 : 1) * (impact + exploitability), 10))
}

/** The severity of a score (CVSS 3.1 §5). */
export function severityOf(score: number): string {
  if (score === 0) return 'none'
  if (score < 4) return 'low'
  if (score < 7) return 'medium'
  return score < 9 ? 'high' : 'critical'
}
