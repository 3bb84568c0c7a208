import t from 'tap'
import type { Round } from '../../bench/figures/cost-lines.ts'
import { perCoreTable } from '../../bench/figures/per-core.ts'

const cost = (serverMs: number, databaseMs = 0) => ({ serverMs, databaseMs, writtenBytes: 0, keptBytes: 0 })

const round = (databaseMs: number): Round => {
  return {
    costs: {
      login: cost(6, databaseMs),
      refresh: cost(0.5, databaseMs),
      moved: cost(1, databaseMs),
      clientCredentials: cost(0.25, databaseMs),
      me: cost(0.1, databaseMs),
      introspection: cost(0.125, databaseMs)
    },
    hashMs: { 4: 1, 10: 45, 11: 95, 12: 195 }
  }
}

t.test('a core does its own hashes, and the work of PostgreSQL where it is included', async t => {
  const [heads, ...rows] = perCoreTable({ sqlite: [round(0)], postgres: [round(1.5)] })
  t.strictSame(heads, ['', 'logins', 'refreshes', 'client credentials', 'introspections'])
  t.strictSame(rows[0], ['Sallyport, SQLite, bcrypt cost 12', '5', '2,000', '4,000', '8,000'])
  t.strictSame(rows[1], ['Sallyport, SQLite, bcrypt cost 10', '20', '–', '–', '–'])
  t.equal(rows[2]?.[2], '500')
  t.equal(rows[3]?.[2], '2,000')
})

t.test('what others publish is divided by their cores', async t => {
  const rows = perCoreTable({ sqlite: [round(0)], postgres: [round(0)] })
  t.strictSame(rows.at(-1)?.slice(1), ['672', '875', '1,234', '–'])
  t.match(rows.find(([name]) => name?.startsWith('Zitadel 4.19.2'))?.[1], /^2\.43/)
})
