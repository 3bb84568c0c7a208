import type { Command } from 'commander'
import { hashProblem } from '../auth/hashing/stored-hashes.ts'
import { visible } from '../base/visible.ts'
import type { Config } from '../config/config.ts'
import type { openForeignTable } from '../store/inspect/foreign-table.ts'
import type { createSeenNames } from '../store/inspect/seen-names.ts'
import { createImporter } from '../transfer/importer.ts'
import { importFields, type Mapping, unreadColumns } from '../transfer/mapping.ts'
import { presets } from '../transfer/presets.ts'
import type { Source } from '../transfer/source.ts'
import type { OpenServices } from '../wiring/open-services.ts'
import { fileName } from './arguments.ts'
import { checkHash } from './check-hash.ts'
import type { CtrlZ } from './ctrl-z.ts'
import { formats, mappingFor, openSource, parseMap, type SourceOptions } from './import-options.ts'
import { createReport } from './import-report.ts'
import type { OutputOptions } from './output.ts'
import { origin, type Terminal, type WithServices } from './terminal.ts'

/** The exit code of an import that skipped rows. */
const someSkipped = 3

interface ImportOptions extends SourceOptions, OutputOptions {
  dryRun?: boolean
  strict?: boolean
  trustEmails?: boolean
  check?: string
}

/** The dependencies of the command: the settings, the store's functions, Ctrl-Z, and a receiver of the exit code. */
export interface ImportDeps {
  settings: () => Config
  withServices: WithServices
  hold: CtrlZ['hold']
  openTable: typeof openForeignTable
  openSeenNames: typeof createSeenNames
  /** Whether a password fits a hash, as at a login. */
  verify: (password: string, hash: string) => Promise<boolean>
  exit(code: number): void
}

/** Adds `sallyport users import` to the commands of `users`. */
export function addImportCommand(
  users: Command,
  terminal: Terminal,
  { settings, withServices, hold, openTable, openSeenNames, verify, exit }: ImportDeps
) {
  function importerFor(services: OpenServices, mapping: Mapping, { trustEmails = false }: ImportOptions) {
    const { defaultScopes } = settings()
    const { users: store } = services.db
    const hashes = { hashProblem, unusableHash: services.passwords.unusable }
    return createImporter({
      store,
      sealSecret: services.factorCodes.sealSecret,
      auditEvents: services.auditEvents,
      ...services.clock,
      ...hashes,
      openSeenNames,
      mapping,
      trustEmails,
      defaultScopes,
      assertData: services.accountData.assertAcceptable,
      assertClaims: services.accountClaims.assertAcceptable
    })
  }

  users
    .command('import')
    .argument('[file]', 'CSV with a header, or NDJSON', fileName)
    .option('--from <database>', 'database to read instead of a file: sqlite:PATH or postgres://USER@HOST/DATABASE')
    .option('--table <name>', 'table or view of the database; defaults to that of the preset')
    .addOption(
      users
        .createOption('--preset <application>', 'application that the accounts come from')
        .choices(Object.keys(presets))
    )
    .option('--firebase-parameters <file>', 'password hash parameters of a Firebase project, for --preset firebase')
    .option('--map <list>', `FIELD=COLUMN,…; fields are ${importFields.join(', ')}`, parseMap)
    .addOption(
      users.createOption('--format <format>', 'file format; by default that of the file extension').choices(formats)
    )
    .option('--trust-emails', 'treat every e-mail address as verified')
    .option('--dry-run', 'write nothing, and report the outcome for every row')
    .option('--check <name>', 'import nothing; say whether the password on standard input is that of this account')
    .option('--strict', 'write nothing if any row would be skipped')
    .option('--json', 'print JSON: one line per reported row, and one for the totals')
    .description(
      'import accounts with their password hashes; a second run continues where the first stopped; exits with 3 when rows were skipped'
    )
    .addHelpText(
      'after',
      `
Examples:
  $ sallyport users import users.csv --dry-run
  $ sallyport users import --preset fastapi-tutorial --from sqlite:test.db
  $ sallyport users import --preset django --from postgres://app@db.example.com/app
  $ sallyport users import --preset firebase --firebase-parameters hash-config.txt users.ndjson
  $ printf %s "$PASSWORD" | sallyport users import users.csv --check alice
  $ sallyport users import people.csv --map username=login,email=mail,password_hash=hash`
    )
    .action(async (file: string | undefined, options: ImportOptions) => {
      const source = await openSource(file, options, openTable)
      try {
        const mapping = mappingFor(source, options)
        if (options.check !== undefined) return await check(source, mapping, options.check)
        const unread = unreadColumns(source, mapping)
        if (unread.length > 0) terminal.warn(visible(`Ignored columns: ${unread.join(', ')}.`))
        await withServices(
          async services => exit(await bringIn(source, importerFor(services, mapping, options), options)),
          { mayCreate: true }
        )
      } finally {
        await source.close()
      }
    })

  async function check(source: Source, mapping: Mapping, name: string) {
    const password = await terminal.readNewPassword({ passwordStdin: true })
    const fits = await checkHash(source, mapping, { name, password, verify })
    const why = 'The password is another one, or the parameters are wrong.'
    terminal.print(
      visible(`The password ${fits ? 'fits' : 'does not fit'} the hash of ${name}.${fits ? '' : ` ${why}`}`)
    )
    exit(fits ? 0 : 1)
  }

  /** Runs the import and resolves to the exit code. */
  async function bringIn(source: Source, importer: ReturnType<typeof createImporter>, options: ImportOptions) {
    const { json = false, dryRun = false, strict = false } = options

    const pass = ({ isDry }: { isDry: boolean }) =>
      terminal.track(async onProgress => {
        const report = createReport(terminal, source, { json, isDry, hasEveryRow: dryRun, onProgress })
        try {
          await hold(async mayStop => {
            for await (const batch of importer.run(source, { ...origin, dryRun: isDry })) {
              report.add(batch)
              mayStop()
            }
          })
        } catch (error) {
          report.end({ isComplete: false })
          throw error
        }
        return report
      })

    if (strict && !dryRun) {
      const check = await pass({ isDry: true })
      if (check.counts.skipped > 0) {
        check.end()
        return 1
      }
    }
    const report = await pass({ isDry: dryRun })
    report.end()
    return report.counts.skipped > 0 ? someSkipped : 0
  }
}
