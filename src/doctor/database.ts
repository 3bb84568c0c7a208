import type { Config } from '../config/config.ts'
import type { Probe } from '../store/inspect/probe.ts'
import { error, type Finding, ok, warning } from './finding.ts'

const slowMs = 100

/** Inspects the database at `databaseUrl` with `probeStore`. Without a probe, the findings say why. */
export async function openDatabase(
  { databaseUrl: url, migrationDatabaseUrl }: Pick<Config, 'databaseUrl' | 'migrationDatabaseUrl'>,
  probeStore: (url: string) => Promise<Probe | undefined>
): Promise<{ probe?: Probe; findings: Finding[] }> {
  if (url === 'sqlite::memory:')
    return {
      findings: [warning('database', 'The database is in memory and is lost when the server stops. Use a file.')]
    }
  try {
    const probe = await probeStore(url)
    if (probe) return { probe, findings: checkDatabase(probe, migrationDatabaseUrl) }
    const path = url.slice('sqlite:'.length)
    return { findings: [warning('database', `${path} does not exist. The server creates it when it starts.`)] }
  } catch (thrown) {
    return { findings: [error('database', `${(thrown as Error).message}.`)] }
  }
}

/** Checks the response time, the pooler, the durability and the migrations of the database. */
function checkDatabase(
  { pingMs, isPooled, sqlite, unsafe, pending, unusable }: Probe,
  migrationUrl?: string
): Finding[] {
  const time = `${pingMs < 10 ? pingMs.toFixed(1) : Math.round(pingMs)} ms`
  return [
    pingMs > slowMs
      ? warning('database', `A query takes ${time}, and every request waits for queries. Move the database closer.`)
      : ok('database', `A query takes ${time}.`),
    ...(isPooled ? [checkPooler(migrationUrl)] : []),
    ...(sqlite ? [checkJournal(sqlite)] : []),
    ...(unsafe ? [checkPostgres(unsafe)] : []),
    checkMigrations(pending, unusable)
  ]
}

function checkPooler(migrationUrl: string | undefined): Finding {
  return migrationUrl === undefined
    ? warning(
        'pooler',
        'A connection pooler answers at DATABASE_URL. It works, but migrations cannot run through it: set MIGRATION_DATABASE_URL to the address of PostgreSQL itself.'
      )
    : ok('pooler', 'A connection pooler answers at DATABASE_URL, and migrations use MIGRATION_DATABASE_URL.')
}

function checkJournal({ journalMode }: NonNullable<Probe['sqlite']>): Finding {
  return journalMode === 'wal'
    ? ok('durability', 'The journal mode is WAL.')
    : warning(
        'durability',
        `The journal mode is ${journalMode}, not WAL. The server changes it when it starts, if the file system allows.`
      )
}

function checkPostgres(unsafe: string[]): Finding {
  return unsafe.length === 0
    ? ok('durability', 'fsync and full_page_writes are on.')
    : warning(
        'durability',
        `PostgreSQL runs with ${unsafe.map(name => `${name}=off`).join(' and ')}: a power cut can lose acknowledged changes and damage the database. Change this, unless your provider or file system makes it safe.`
      )
}

function checkMigrations(pending: string[], unusable?: string): Finding {
  if (unusable !== undefined) return error('migrations', unusable)
  return pending.length > 0
    ? warning(
        'migrations',
        `Pending migrations: ${pending.join(', ')}. Make a backup; \`sallyport migrate\` applies them, or the server when it starts.`
      )
    : ok('migrations', 'All migrations are applied.')
}
