import type { Probe } from '../store/inspect/probe.ts'
import { error, type Finding, ok, warning } from './finding.ts'

const slowMs = 100
const synchronousFull = 2

/** Checks that the database responds, writes durably, and has the tables of this version. */
export function checkDatabase({ pingMs, sqlite, pending, isNewer }: Probe): Finding[] {
  const time = `${pingMs < 10 ? pingMs.toFixed(1) : Math.round(pingMs)} ms`
  return [
    pingMs > slowMs
      ? warning('database', `An answer takes ${time}: bring the database nearer, every request waits for it.`)
      : ok('database', `It answers in ${time}.`),
    ...(sqlite ? [checkDurability(sqlite)] : []),
    checkMigrations(pending, isNewer)
  ]
}

/** Opens the database at `url` with `probeStore`. Without a probe, the findings say why. */
export async function openDatabase(
  url: string,
  probeStore: (url: string) => Promise<Probe | undefined>
): Promise<{ probe?: Probe; findings: Finding[] }> {
  if (url === 'sqlite::memory:')
    return { findings: [warning('database', 'It is in memory, and gone when the server stops: name a file.')] }
  try {
    const probe = await probeStore(url)
    if (probe) return { probe, findings: checkDatabase(probe) }
    const path = url.slice('sqlite:'.length)
    return { findings: [warning('database', `${path} does not exist: it will be made at the first start.`)] }
  } catch (thrown) {
    return {
      findings: [error('database', `${(thrown as Error).message}. Check DATABASE_URL, and that the database runs.`)]
    }
  }
}

function checkDurability({ journalMode, synchronous }: NonNullable<Probe['sqlite']>): Finding {
  if (synchronous !== synchronousFull)
    return error('durability', `synchronous is ${synchronous}, not FULL: a power cut loses what was answered.`)
  return journalMode === 'wal'
    ? ok('durability', 'The file is in WAL mode, with synchronous=FULL.')
    : warning(
        'durability',
        `The file is in ${journalMode} mode, not in WAL: the next start changes it, unless the disk does not allow that.`
      )
}

function checkMigrations(pending: string[], isNewer: boolean): Finding {
  if (isNewer)
    return error('migrations', 'A newer version of Sallyport has changed the tables: run that version, or a later one.')
  return pending.length > 0
    ? warning(
        'migrations',
        `Not applied yet: ${pending.join(', ')}. Make a backup; \`sallyport migrate\` or the next start applies them.`
      )
    : ok('migrations', 'The tables are those of this version.')
}
