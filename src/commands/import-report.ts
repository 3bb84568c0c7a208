import type { Outcome } from '../transfer/importer.ts'
import type { Source } from '../transfer/source.ts'
import { type OutputOptions, visible } from './output.ts'
import { bar } from './progress.ts'
import type { Terminal } from './terminal.ts'

/** What a report is about, and how much it tells. */
export interface ReportOptions extends OutputOptions {
  /** Whether nothing is written. */
  isDry: boolean
  /** Whether it has every row, and not only those that are skipped. */
  hasEveryRow: boolean
}

/** Tells of an import row by row as it goes on, and at the end how many there were of each kind. */
export function createReport(
  terminal: Terminal,
  { unit, fraction }: Pick<Source, 'unit' | 'fraction'>,
  { json, isDry, hasEveryRow }: ReportOptions
) {
  const counts = { created: 0, unchanged: 0, skipped: 0, renamed: 0, superusers: 0 }
  const done = isDry ? 'to be created' : 'created'

  function describe(outcome: Outcome): string {
    const name = outcome.username === null ? '' : ` (${outcome.username})`
    const what = outcome.result === 'created' ? done : outcome.result
    const why = outcome.result === 'skipped' ? `, ${outcome.reason}` : ''
    return visible(`${unit} ${outcome.line}${name}: ${what}${why}`)
  }

  function tell(outcome: Outcome) {
    const { line, username, result } = outcome
    const reason = result === 'skipped' ? { reason: outcome.reason } : {}
    if (json) terminal.print(JSON.stringify({ line, username, result, ...reason }))
    else if (hasEveryRow) terminal.print(describe(outcome))
    else terminal.warn(describe(outcome))
  }

  return {
    counts,

    add(batch: Outcome[]) {
      for (const outcome of batch) {
        counts[outcome.result]++
        if (outcome.result === 'created') {
          counts.renamed += Number(outcome.account.isRenamed)
          counts.superusers += Number(outcome.account.wasSuperuser)
        }
        if (hasEveryRow || outcome.result === 'skipped') tell(outcome)
      }
      const rows = counts.created + counts.unchanged + counts.skipped
      terminal.progress(`${bar(fraction())}  ${rows} ${unit}s, ${counts.skipped} skipped`)
    },

    /** Tells how many there were, or had been when the import broke off. */
    end({ isComplete } = { isComplete: true }) {
      const { created, unchanged, skipped, renamed, superusers } = counts
      if (json) return terminal.print(JSON.stringify({ ...counts, dry_run: isDry, complete: isComplete }))
      const sentences = [
        `${isComplete ? '' : 'Broken off: '}${created} account(s) ${done}, ${unchanged} unchanged, ${skipped} ${unit}(s) skipped.`,
        ...(isDry ? ['Nothing was written.'] : []),
        ...(renamed > 0
          ? [
              `${renamed} username(s) had an @ and have a dot in its place, as in alice.example.com; an address that is verified logs in as it is.`
            ]
          : []),
        ...(superusers > 0
          ? [
              `${superusers} had all rights there and have those of a new account here: see sallyport users grant --help.`
            ]
          : [])
      ]
      for (const sentence of sentences) terminal.print(sentence)
    }
  }
}
