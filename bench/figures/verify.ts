import { ask } from '../request.ts'
import { measureExchanges } from './exchange.ts'
import { atLeast, type Figure } from './figure.ts'
import { ownTokenServers, startTokenField } from './token-field.ts'

/** The headers that a proxy forwards. */
const forwarded = (headers: Headers) => [...headers].filter(([name]) => name.startsWith('x-auth-'))

/** A reverse proxy's question whether a request may pass. The peers do not answer it. */
export const verify: Figure = {
  name: 'verify',
  title: 'GET /verify',
  measure: async bench =>
    measureExchanges(bench, await startTokenField(bench, ownTokenServers(bench)), [
      {
        kind: 'verify',
        async load({ server, oauth }) {
          const [first = ''] = await oauth.logIns(1)
          const { json } = await ask(server.url, oauth.refresh(first))
          const request = oauth.verify?.(String(json.access_token))
          return request && { requests: [request], answer: await ask(server.url, request) }
        },
        sameAs: ({ headers }) => ({ verified: Object.fromEntries(forwarded(headers)) }),
        goal: atLeast(0.6, 0.75)
      }
    ])
}
