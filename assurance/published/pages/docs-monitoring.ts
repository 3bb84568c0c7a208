import type { Test } from 'tap'
import { type PageRow, serveCommand } from '../../support/page.ts'

/** The checks of doctor with the settings of a server that runs. All are ok. */
const checks = `settings registration bcrypt-cost password-length second-factor passkeys token-life cors metrics mail
  issuer secret signing-keys secret-file database-file database-folder file-system disk-space driver
  database durability migrations clock audit-clock audit webhooks metadata hash-time hash-threads proxy client-address`.split(
  /\s+/
)

/** The checks that measure the machine, which may be slow or full. */
const measured = ['disk-space', 'database', 'hash-time']

/** The three runs of doctor: a table, the same as JSON, and a table for another peer. */
function findings(t: Test, output: string) {
  const [, table = '', list = '', other = ''] = /^(level .*?\n)(\[\n.*\n\]\n)(level .*\n)$/s.exec(output) ?? []
  const reports = [rowsOf(table), JSON.parse(list) as Finding[], rowsOf(other)]
  for (const report of reports) {
    const levels = report.map(({ check, level }) => [
      check,
      measured.includes(check) && level === 'warning' ? 'ok' : level
    ])
    t.strictSame(
      levels,
      checks.map(check => [check, 'ok'])
    )
  }
  const client = reports.map(report => report.at(-1)?.text)
  const usual = 'A request from 127.0.0.1 with "X-Forwarded-For: 203.0.113.7" has the client address 127.0.0.1.'
  const asked =
    'A request from 10.0.0.2 with "X-Forwarded-For: 198.51.100.9, 10.0.0.3" has the client address 10.0.0.2.'
  t.strictSame(client, [usual, usual, asked])
}

interface Finding {
  level: string
  check: string
  text: string
}

/** The rows of a table, without its header. */
const rowsOf = (table: string): Finding[] =>
  table
    .split('\n')
    .slice(1, -1)
    .map(row => {
      const [, level = '', check = '', text = ''] = /^(\S+) +(\S+) +(\S.*)$/.exec(row) ?? []
      return { level, check, text }
    })

export const pages: PageRow[] = [
  {
    path: 'docs/monitoring.md',
    before: serveCommand,
    standIns: {
      // The tests hash at a cost that doctor refuses.
      'npx sallyport doctor': 'BCRYPT_COST=12 npx sallyport doctor'
    },
    prints: [/"status"/, findings]
  }
]
