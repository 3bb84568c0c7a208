import { select } from '../../test/support/select.ts'
import { halves } from './halves.ts'

/** What SQLite says of its file, and how many partial writes there are of each kind. */
export interface Inspected {
  integrity: string
  halves: Record<string, number>
}

/** A database without damage. */
export const whole: Inspected = {
  integrity: 'ok',
  halves: Object.fromEntries(Object.keys(halves).map(name => [name, 0]))
}

/** Looks for damage in a database, which may be in use. One that was never migrated is whole. */
export async function inspect(url: string): Promise<Inspected> {
  const isSqlite = url.startsWith('sqlite:')
  if (isSqlite && (await select(url, "SELECT 1 FROM sqlite_schema WHERE name = 'throttle'")).length === 0) return whole
  const counts: [string, number][] = []
  for (const [name, sql] of Object.entries(halves)) {
    const [row] = await select(url, isSqlite ? sql : sql.replaceAll('a.detail LIKE', 'a.detail::text LIKE'))
    counts.push([name, Number(row?.count)])
  }
  const integrity = isSqlite ? String((await select(url, 'PRAGMA integrity_check'))[0]?.integrity_check) : 'ok'
  return { integrity, halves: Object.fromEntries(counts) }
}
