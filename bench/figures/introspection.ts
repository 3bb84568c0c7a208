import { type Answer, ask } from '../request.ts'
import { type Exchange, measureExchanges, type Runner } from './exchange.ts'
import { atLeast, type Figure } from './figure.ts'

/** The access token of a login after a refresh, and the refresh token that is spent. */
async function tokensOf({ server, oauth }: Runner) {
  const [spent = ''] = await oauth.logIns(1)
  const { json } = await ask(server.url, oauth.refresh(spent))
  return { access_token: String(json.access_token), refresh_token: spent }
}

const exchange = (hint: 'access_token' | 'refresh_token', isRight: (claims: Answer['json']) => boolean): Exchange => ({
  kind: 'introspect',
  async load(runner) {
    const { entrant, server, oauth } = runner
    if (!oauth.introspect) return
    const request = oauth.introspect((await tokensOf(runner))[hint], hint)
    const answer = await ask(server.url, request)
    if (!isRight(answer.json)) throw new Error(`${entrant.title} answers with something else: ${answer.text}`)
    return { requests: [request], answer }
  },
  sameAs: ({ json }) => ({ introspection: json })
})

const hit = exchange('access_token', ({ active }) => active === true)
const miss = exchange('refresh_token', ({ active, ...others }) => active === false && Object.keys(others).length === 0)

/** A resource server's question whether a token is valid. */
export const introspection: Figure = {
  name: 'introspection',
  title: 'Introspection',
  async measure(bench) {
    const { lines, notes } = await measureExchanges(bench, [
      { ...hit, goal: atLeast(0.6, 0.75), label: 'hit' },
      { ...miss, label: 'miss' }
    ])
    return { lines, notes: ['Hit: a valid access token. Miss: a refresh token that was used before.', ...notes] }
  }
}
