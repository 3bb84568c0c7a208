import { ask } from '../request.ts'
import { measureExchanges } from './exchange.ts'
import type { Figure } from './figure.ts'

/** A program's token of its own. */
export const clientCredentials: Figure = {
  name: 'client-credentials',
  title: 'Client credentials grants',
  measure: bench =>
    measureExchanges(bench, [
      {
        kind: 'clientCredentials',
        // Sallyport seals its audit trail every second.
        worksLater: bench.isSmoke ? undefined : 1,
        async load({ server, oauth: { clientCredentials: requests } }) {
          return { requests, answer: await ask(server.url, requests[0]) }
        },
        sameAs: ({ json }) => ({ tokens: json })
      }
    ])
}
