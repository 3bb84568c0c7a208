import t from 'tap'
import { costTable, lines, type Round } from '../../bench/figures/cost-lines.ts'

const cost = (serverMs: number, databaseMs: number, writtenBytes: number, keptBytes: number) => {
  return { serverMs, databaseMs, writtenBytes, keptBytes }
}

const round: Round = {
  costs: {
    login: cost(4, 2, 4000, 800),
    refresh: cost(0.5, 0.25, 150, 0),
    moved: cost(0.75, 0.5, 1650, 400),
    clientCredentials: cost(0.4, 0.1, 150, 0),
    me: cost(0.1, 0.05, 0, 0),
    introspection: cost(0.2, 0.1, 0, 0)
  },
  hashMs: { 4: 1, 10: 45, 11: 95, 12: 195 }
}

const medianOf = (key: string) => lines({ sqlite: [round], postgres: [round] }).find(one => one.key === key)?.median

t.test('a login of a core has its own hash instead of the measured one, and the part of PostgreSQL', async t => {
  t.equal(medianOf('hash-12'), 195)
  t.equal(medianOf('logins-postgres-10'), 1000 / (45 + 3 + 2))
  t.equal(medianOf('logins-postgres-12'), 1000 / (195 + 3 + 2))
})

t.test('an event is what a refresh with one costs more', async t => {
  const [heads, ...rows] = costTable('postgres', [round])
  t.strictSame(heads, ['', 'Sallyport, ms', 'PostgreSQL, ms', 'written, bytes', 'kept, bytes'])
  t.strictSame(rows[0], ['login, without its hash', '3', '2', '4,000', '800'])
  t.strictSame(rows.at(-1), ['event of the audit trail', '0.25', '0.25', '1,500', '400'])
  t.strictSame(costTable('sqlite', [round])[1], ['login, without its hash', '3', '4,000', '800'])
})
