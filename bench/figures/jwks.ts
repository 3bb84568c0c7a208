import { ask } from '../request.ts'
import { measureExchanges } from './exchange.ts'
import type { Figure } from './figure.ts'
import { allTokenServers, startTokenField } from './token-field.ts'

/** The public keys, which every resource server fetches. */
export const jwks: Figure = {
  name: 'jwks',
  title: 'Public keys',
  compares: ['tokenServers'],
  measure: async bench =>
    measureExchanges(bench, await startTokenField(bench, allTokenServers(bench)), [
      {
        kind: 'jwks',
        load: async ({ server, oauth: { jwks: request } }) =>
          request && { requests: [request], answer: await ask(server.url, request) },
        sameAs: ({ json }) => ({ jwks: json })
      }
    ])
}
