import { type Row, usualCounters } from '../src/auth/throttle/policies.ts'
import { markdownTable } from './markdown-table.ts'

/** Units in words, the largest first. */
const units: [ms: number, word: string][] = [
  [365 * 86_400_000, 'y'],
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
  [1, 'ms']
]

function shown(ms: number): string {
  const [unit, word] = units.find(([unit]) => ms >= unit && ms % (unit / 10) === 0) ?? [1, 'ms']
  return `${ms / unit} ${word}`
}

function cells(name: string, { counts, why, policy, limit, inMemory }: Row<never>): string[] {
  const { free, forgiveMs, longestMs } = policy
  return [
    `\`${name}\``,
    inMemory ? `${counts}; in each process` : counts,
    why,
    free.toLocaleString('en') + (limit === undefined ? '' : ` (\`${limit}\`)`),
    shown(forgiveMs),
    shown(longestMs)
  ]
}

/** The table of `docs/limits.md` with every counter that refuses something, without the setting `LIMITS`. */
export const limitsTable = () =>
  markdownTable(
    ['Counter', 'Counts', 'Against', 'At once', 'One more every', 'Longest wait'],
    Object.entries<Row<never>>(usualCounters)
      .filter(([, { policy }]) => policy.free <= policy.most)
      .map(([name, row]) => cells(name, row))
  )
