import { ask } from '../request.ts'
import { measureExchanges } from './exchange.ts'
import type { Figure } from './figure.ts'
import { allTokenServers, startTokenField } from './token-field.ts'

/** A program's token of its own. */
export const clientCredentials: Figure = {
  name: 'client-credentials',
  title: 'Client credentials grants',
  compares: ['tokenServers'],
  measure: async bench =>
    measureExchanges(bench, await startTokenField(bench, allTokenServers(bench)), [
      {
        kind: 'clientCredentials',
        // Sallyport seals its audit trail every second.
        worksLater: bench.isSmoke ? undefined : 1,
        async load({ entrant, server, oauth: { clientCredentials: request } }) {
          const answer = await ask(server.url, request)
          // Its hash of the secret takes a quarter of a second, so more requests would wait in a queue for seconds.
          return entrant.name === 'a12n-server' ? { request, answer, connections: 4 } : { request, answer }
        },
        sameAs: ({ json }) => ({ tokens: json })
      }
    ])
}
