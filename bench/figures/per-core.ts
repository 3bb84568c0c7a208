import { shown } from '../numbers.ts'
import { spread } from '../stats.ts'
import { type EngineName, engines, type Round, shares } from './cost-lines.ts'

const operations = ['login', 'refresh', 'clientCredentials', 'introspection'] as const
type Rates = Partial<Record<(typeof operations)[number], number>>

/** The rates that others publish, a second and vCPU. docs/performance.md has the sources, hashes and hardware. */
const published: Record<string, Rates> = {
  'Keycloak 26, Argon2id': { login: 15, refresh: 120, clientCredentials: 120 },
  'Zitadel 4.19.2, bcrypt cost 12': { login: 102 / 42, clientCredentials: 2006 / 42, introspection: 4810 / 42 },
  'Zitadel 4.0.0-rc2, bcrypt': { login: 51 / 42, introspection: 18 / 42 },
  'Cloudentity, no hash': { login: 43_000 / 64, refresh: 56_000 / 64, clientCredentials: 79_000 / 64 }
}

/** The operations of a core that does nothing else, with or without the part of the database. */
function rates(rounds: Round[], hash: number, withDatabase: boolean): Rates {
  const milliseconds = (operation: (typeof operations)[number]) =>
    rounds.map(round => {
      const { serverMs, databaseMs } = shares(round)[operation]
      const hashMs = operation === 'login' ? (round.hashMs[hash] as number) : 0
      return hashMs + serverMs + (withDatabase ? databaseMs : 0)
    })
  return Object.fromEntries(operations.map(operation => [operation, 1000 / spread(milliseconds(operation)).median]))
}

/** A row for each server: Sallyport with its own hash and with a cheaper one, then the others. */
export function perCoreTable(measured: Record<EngineName, Round[]>): string[][] {
  const { sqlite, postgres } = engines
  const all: Record<string, Rates> = {
    [`Sallyport, ${sqlite}, bcrypt cost 12`]: rates(measured.sqlite, 12, true),
    [`Sallyport, ${sqlite}, bcrypt cost 10`]: { login: rates(measured.sqlite, 10, true).login ?? Number.NaN },
    [`Sallyport, ${postgres} included, bcrypt cost 12`]: rates(measured.postgres, 12, true),
    [`Sallyport, ${postgres} not included, bcrypt cost 12`]: rates(measured.postgres, 12, false),
    ...published
  }
  return [
    ['', 'logins', 'refreshes', 'client credentials', 'introspections'],
    ...Object.entries(all).map(([name, row]) => [
      name,
      ...operations.map(operation => {
        const rate = row[operation]
        return rate === undefined ? '–' : shown(rate)
      })
    ])
  ]
}
