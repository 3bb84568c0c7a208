import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { FigureResult } from './figures/figure.ts'

interface Content {
  run: object
  figures: FigureResult[]
}

/**
 * The figures of a run that has not ended, kept in `file`. Those of an earlier run are taken over if its machine,
 * commit and options, given as `run`, were the same.
 */
export function openUnfinished(file: string, run: object) {
  const before: Content | undefined = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
  const figures = JSON.stringify(before?.run) === JSON.stringify(run) ? (before as Content).figures : []

  return {
    /** The result of this figure, if it was measured before the interrupt. */
    find: (name: string) => figures.find(figure => figure.name === name),

    add(figure: FigureResult) {
      figures.push(figure)
      const content: Content = { run, figures }
      writeFileSync(file, JSON.stringify(content))
    },

    /** Makes the next run start anew. */
    end: () => rmSync(file, { force: true })
  }
}
