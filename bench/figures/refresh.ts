import { withPostgres } from '../postgres.ts'
import { ask } from '../request.ts'
import type { Contestant } from './contest.ts'
import { type Exchange, measureExchanges } from './exchange.ts'
import { atLeast, type Figure } from './figure.ts'

const exchange: Exchange = {
  kind: 'refresh',
  // The last responses of a round are lost when it stops, together with their tokens.
  async load({ server, oauth }, clients) {
    const [first = '', ...others] = await oauth.logIns(clients)
    const answer = await ask(server.url, oauth.refresh(first))
    const refreshTokens = [String(answer.json.refresh_token), ...others]
    return { requests: [oauth.refresh('')], answer, refreshTokens }
  },
  sameAs: ({ json }) => ({ tokens: json })
}

/** Refresh grants, each of which is on disk before Sallyport answers it. */
export const refresh: Figure = {
  name: 'refresh',
  title: 'Refresh grants',
  async measure(bench) {
    const { lines, notes } = await measureExchanges(bench, [{ ...exchange, goal: atLeast(0.22, 0.3) }])
    const note = 'Each client sends its latest token. Each grant is on the disk before the response.'
    return { lines, notes: [note, ...notes] }
  }
}

/** The same on PostgreSQL, which waits for the disk as well. */
export const refreshPostgres: Figure = {
  name: 'refresh-postgres',
  title: 'Refresh grants on PostgreSQL',
  measure: bench =>
    withPostgres(async databaseUrl => {
      const ceiling = (clients: number): Contestant => ({
        name: 'pg',
        title: 'bare `pg`, the guarded update alone',
        goal: atLeast(0.3, 0.5),
        job: async () => ({ kind: 'updates', databaseUrl, clients, connections: 10, seconds: bench.seconds })
      })
      const { lines, notes } = await measureExchanges(bench, [exchange], { databaseUrl, ceiling })
      const note =
        'Each client sends its latest token. PostgreSQL is on the same machine, on any core, with `fsync=on`.'
      return { lines, notes: [note, 'Sallyport and bare `pg` have 10 connections to it.', ...notes] }
    })
}
