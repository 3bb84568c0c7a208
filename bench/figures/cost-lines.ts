import { shown } from '../numbers.ts'
import { spread } from '../stats.ts'
import type { Cost } from './cost-meter.ts'
import type { OperationName } from './cost-operations.ts'
import { type Line, line } from './figure.ts'

/** The bcrypt cost of the measured logins, and those that an operator may choose. */
export const measuredHash = 4
export const hashes = [10, 11, 12] as const

export const engines = { sqlite: 'SQLite', postgres: 'PostgreSQL' }
export type EngineName = keyof typeof engines

/** The measurements of one round on an engine. */
export interface Round {
  costs: Record<OperationName, Cost>
  /** Processor time of one hash by its bcrypt cost, in milliseconds. */
  hashMs: Record<number, number>
}

const rows = {
  login: 'login, without its hash',
  refresh: 'refresh',
  clientCredentials: 'client credentials',
  me: '`GET /users/me`',
  introspection: 'introspection',
  event: 'event of the audit trail'
}

/** The cost of a login without its hash, and of an event: the additional cost of a refresh with one. */
export function shares({ costs, hashMs }: Round): Record<keyof typeof rows, Cost> {
  const { login, refresh, moved, ...reads } = costs
  return {
    ...reads,
    login: { ...login, serverMs: login.serverMs - (hashMs[measuredHash] as number) },
    refresh,
    event: {
      serverMs: moved.serverMs - refresh.serverMs,
      databaseMs: moved.databaseMs - refresh.databaseMs,
      writtenBytes: moved.writtenBytes - refresh.writtenBytes,
      keptBytes: moved.keptBytes - refresh.keptBytes
    }
  }
}

/**
 * The processor time of a hash, and how many logins a core can do with it when PostgreSQL has its part of that core.
 */
export function lines(measured: Record<EngineName, Round[]>): Line[] {
  const loginsPerSecond = (round: Round, hash: number) => {
    const { serverMs, databaseMs } = shares(round).login
    return 1000 / ((round.hashMs[hash] as number) + serverMs + databaseMs)
  }
  return [
    ...hashes.map(hash =>
      line(
        `hash-${hash}`,
        `a hash at bcrypt cost ${hash}`,
        'ms',
        measured.sqlite.map(({ hashMs }) => hashMs[hash] as number)
      )
    ),
    ...(Object.keys(engines) as EngineName[]).flatMap(engine =>
      hashes.map(hash =>
        line(
          `logins-${engine}-${hash}`,
          `logins of one core at bcrypt cost ${hash}, ${engines[engine]}`,
          '1/s',
          measured[engine].map(round => loginsPerSecond(round, hash))
        )
      )
    )
  ]
}

/** The medians of the rounds, one operation in each row. */
export function costTable(engine: EngineName, rounds: Round[]): string[][] {
  const costs = rounds.map(shares)
  const columns: [string, keyof Cost][] = [
    ['Sallyport, ms', 'serverMs'],
    ...(engine === 'postgres' ? ([['PostgreSQL, ms', 'databaseMs']] satisfies [string, keyof Cost][]) : []),
    ['written, bytes', 'writtenBytes'],
    ['kept, bytes', 'keptBytes']
  ]
  const cell = (row: keyof typeof rows, column: keyof Cost) => {
    const { median } = spread(costs.map(cost => cost[row][column]))
    return shown(column.endsWith('Bytes') ? Math.round(median) : median)
  }
  return [
    ['', ...columns.map(([head]) => head)],
    ...(Object.keys(rows) as (keyof typeof rows)[]).map(row => [
      rows[row],
      ...columns.map(([, column]) => cell(row, column))
    ])
  ]
}
