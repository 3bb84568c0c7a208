import { isFollowed } from './figures/figure.ts'
import type { Results } from './results.ts'
import type { Spread } from './stats.ts'

/** The followed lines of one commit on one model of machine. */
export interface Entry {
  commit: string
  date: string
  model: string
  /** By figure and key, such as `me/to-bare`. */
  lines: Record<string, Omit<Spread, 'values'>>
}

/** The content of `docs/performance.json`: the newest results that were published, and those of every commit. */
export interface Published extends Results {
  history: Entry[]
}

/** The history with these results. Figures that they lack keep the value of an earlier run of the same commit. */
export function withEntry(history: Entry[], { machine: { commit, model }, date, figures }: Results): Entry[] {
  const lines = figures.flatMap(figure =>
    figure.lines
      .filter(isFollowed)
      .map(({ key, median, min, max }) => [lineId(figure.name, key), { median, min, max }] as const)
  )
  if (lines.length === 0) return history
  const same = history.find(entry => entry.commit === commit && entry.model === model)
  const entry = { commit, date, model, lines: { ...same?.lines, ...Object.fromEntries(lines) } }
  return [...history.filter(other => other !== same), entry]
}

export const lineId = (figure: string, key: string) => `${figure}/${key}`
