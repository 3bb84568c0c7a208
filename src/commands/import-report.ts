import type { OnProgress } from '../base/progress.ts'
import { visible } from '../base/visible.ts'
import type { Outcome } from '../transfer/importer.ts'
import type { Source } from '../transfer/source.ts'
import type { OutputOptions } from './output.ts'
import type { Terminal } from './terminal.ts'

/** The content of a report. */
export interface ReportOptions extends OutputOptions {
  /** Whether the import writes nothing. */
  isDry: boolean
  /** Whether the report lists every row, and not only skipped rows. */
  hasEveryRow: boolean
  onProgress: OnProgress
}

/** Reports an import row by row while it runs, and the totals of each kind at the end. */
export function createReport(
  terminal: Terminal,
  { unit, fraction }: Pick<Source, 'unit' | 'fraction'>,
  { json, isDry, hasEveryRow, onProgress }: ReportOptions
) {
  const counts = {
    created: 0,
    unchanged: 0,
    skipped: 0,
    renamed: 0,
    addresses: 0,
    verified: 0,
    superusers: 0,
    claims: 0,
    identities: 0,
    second_factors: 0,
    lost_factors: 0
  }
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
          counts.addresses += Number(outcome.account.user.email !== null)
          counts.verified += Number(outcome.account.user.emailVerified)
          counts.claims += Number(Object.keys(outcome.account.user.claims).length > 0)
          counts.identities += outcome.account.identities.length
          counts.second_factors += Number(outcome.account.totpSecret !== null)
          counts.lost_factors += Number(outcome.account.losesFactor)
          counts.superusers += Number(outcome.account.wasSuperuser)
        }
        if (hasEveryRow || outcome.result === 'skipped') tell(outcome)
      }
      const rows = counts.created + counts.unchanged + counts.skipped
      onProgress(`${rows} ${unit}s, ${counts.skipped} skipped`, fraction())
    },

    /** Prints the totals, or the totals so far when the import was interrupted. */
    end({ isComplete } = { isComplete: true }) {
      const { created, unchanged, skipped, renamed, addresses, verified, superusers, claims, identities } = counts
      const { second_factors: factors, lost_factors: lost } = counts
      if (json) return terminal.print(JSON.stringify({ ...counts, dry_run: isDry, complete: isComplete }))
      const sentences = [
        `${isComplete ? '' : 'Interrupted: '}${created} account(s) ${done}, ${unchanged} unchanged, ${skipped} ${unit}(s) skipped.`,
        ...(isDry ? ['Nothing was written.'] : []),
        ...(renamed > 0
          ? [
              `In ${renamed} username(s), a dot replaces the @, as in alice.example.com. Users with a verified address can still log in with it.`
            ]
          : []),
        ...(addresses > 0 && verified === 0
          ? [
              `0 of ${addresses} address(es) are verified, so no user can log in with one. --trust-emails verifies them when it creates the accounts, and not later.`
            ]
          : []),
        ...(claims > 0 ? [`${claims} account(s) have claims, which APIs may take for rights.`] : []),
        ...(identities > 0 ? [`${identities} account(s) at other issuers are linked, for IDENTITY_PROVIDERS.`] : []),
        ...(factors > 0 ? [`${factors} account(s) keep their authenticator app, and have no recovery codes.`] : []),
        ...(lost > 0
          ? [`${lost} account(s) had a second factor that stays behind: they log in with the password alone.`]
          : []),
        ...(superusers > 0
          ? [
              `${superusers} administrator(s) were imported with the scopes of a normal account: see \`sallyport users update --help\`.`
            ]
          : [])
      ]
      for (const sentence of sentences) terminal.print(terminal.named(sentence))
    }
  }
}
