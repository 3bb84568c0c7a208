import { password } from '../app.ts'
import { createProofSigner, type ProofSigner, proofClaims } from '../dpop.ts'
import { wrongPassword } from '../guess.ts'
import { createToken, exchangeGrant, personalTokenType } from '../personal-tokens.ts'
import { usedBefore } from './limits.ts'
import { type Way, type WriteWorld, writesNothing } from './world.ts'

const logIn = { grant_type: 'password', password }

/** The header with a new proof for `POST /token`, with these changes of its claims. */
const proved = ({ app }: WriteWorld, signer: ProofSigner, changes: object = {}) => ({
  dpop: signer.prove({ ...proofClaims(app, ['POST', '/token']), ...changes })
})

/** The refresh token of a new login that is bound to the key of `signer`. */
async function boundLogin(world: WriteWorld, signer: ProofSigner): Promise<string> {
  const { refreshToken } = await world.person()
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken }
  const headers = proved(world, signer)
  return (await world.send(world.stranger(), 'POST /token', { form, headers })).json().refresh_token
}

/** Ways to write at the token endpoint with proofs, each of which is remembered with what it allows. */
export const provedWays: Way[] = [
  {
    name: 'right passwords with proofs',
    one: 'logins',
    many: 'logins',
    ask: async world => {
      const [{ username }, signer] = [await world.person(), createProofSigner()]
      return () => ({ form: { ...logIn, username }, headers: proved(world, signer) })
    }
  },
  {
    name: 'wrong passwords with proofs',
    one: 'account',
    many: 'account',
    ask: async world => {
      const [{ username }, signer] = [await world.person(), createProofSigner()]
      return () => ({ form: { ...logIn, username, password: wrongPassword }, headers: proved(world, signer) })
    }
  },
  writesNothing('right passwords with proofs that are refused', async world => {
    const [{ username }, signer] = [await world.person(), createProofSigner()]
    const changes = [{ nonce: undefined }, { htm: 'GET' }, { iat: 0 }, { jti: '' }]
    return index => ({ form: { ...logIn, username }, headers: proved(world, signer, changes[index % changes.length]) })
  }),
  {
    name: 'one proof',
    one: ['a proof works once', 1],
    many: ['a proof works once', 1],
    ask: async world => {
      const { username } = await world.person()
      const headers = proved(world, createProofSigner())
      return () => ({ form: { ...logIn, username }, headers })
    }
  },
  {
    name: 'refreshes with proofs',
    one: 'refresh',
    many: 'refresh',
    ask: async world => {
      const signer = createProofSigner()
      let refreshToken = await boundLogin(world, signer)
      return () => ({
        form: { grant_type: 'refresh_token', refresh_token: refreshToken },
        headers: proved(world, signer),
        answered: json => {
          refreshToken = json.refresh_token ?? refreshToken
        }
      })
    }
  },
  {
    name: 'retries of a refresh with proofs',
    one: 'refresh',
    many: 'refresh',
    ask: async world => {
      const signer = createProofSigner()
      const form = { grant_type: 'refresh_token', refresh_token: await boundLogin(world, signer) }
      await world.send(world.stranger(), 'POST /token', { form, headers: proved(world, signer) })
      return () => ({ form, headers: proved(world, signer) })
    }
  },
  {
    name: 'a bound refresh token without its key',
    one: ['it is recorded once an hour', 1],
    many: ['it is recorded once an hour', 1],
    ask: async world => {
      const [owner, thief] = [createProofSigner(), createProofSigner()]
      const form = { grant_type: 'refresh_token', refresh_token: await boundLogin(world, owner) }
      return index => ({ form, ...(index % 2 && { headers: proved(world, thief) }) })
    }
  },
  {
    name: 'logins of a client for itself with proofs',
    one: 'client-logins',
    many: 'client-logins',
    ask: async world => {
      const [{ headers }, signer] = [await world.client(), createProofSigner()]
      return () => ({ form: { grant_type: 'client_credentials' }, headers: { ...headers, ...proved(world, signer) } })
    }
  },
  {
    name: 'exchanges of a personal access token with proofs',
    one: 'token-exchange',
    many: 'token-exchange',
    ask: async world => {
      const [{ token }, { id: client_id }, signer] = [await world.person(), await world.script(), createProofSigner()]
      const { id, token: subject_token } = await createToken(world.app, token)
      for (let n = 0; n < usedBefore; n++) world.app.throttle.tokenExchange(id)
      const form = { grant_type: exchangeGrant, subject_token, subject_token_type: personalTokenType, client_id }
      return () => ({ form, headers: proved(world, signer) })
    }
  }
]
