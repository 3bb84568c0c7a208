import { password } from '../app.ts'
import { createProofSigner, type ProofSigner, proofClaims } from '../dpop.ts'
import { wrongPassword } from '../guess.ts'
import { createToken, exchangeGrant, personalTokenType } from '../personal-tokens.ts'
import { usedBefore } from './limits.ts'
import { limited, type Way, type WriteWorld, writesNothing } from './world.ts'

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
  limited('right passwords with proofs', 'logins', async world => {
    const [{ username }, signer] = [await world.person(), createProofSigner()]
    return () => ({ form: { ...logIn, username }, headers: proved(world, signer) })
  }),
  limited('wrong passwords with proofs', 'account', async world => {
    const [{ username }, signer] = [await world.person(), createProofSigner()]
    return () => ({ form: { ...logIn, username, password: wrongPassword }, headers: proved(world, signer) })
  }),
  writesNothing('right passwords with proofs that are refused', async world => {
    const [{ username }, signer] = [await world.person(), createProofSigner()]
    const changes = [{ nonce: undefined }, { htm: 'GET' }, { iat: 0 }, { jti: '' }]
    return index => ({ form: { ...logIn, username }, headers: proved(world, signer, changes[index % changes.length]) })
  }),
  limited('one proof', ['a proof works once', 1], async world => {
    const { username } = await world.person()
    const headers = proved(world, createProofSigner())
    return () => ({ form: { ...logIn, username }, headers })
  }),
  limited('refreshes with proofs', 'refresh', async world => {
    const signer = createProofSigner()
    let refreshToken = await boundLogin(world, signer)
    return () => ({
      form: { grant_type: 'refresh_token', refresh_token: refreshToken },
      headers: proved(world, signer),
      answered: json => {
        refreshToken = json.refresh_token ?? refreshToken
      }
    })
  }),
  limited('retries of a refresh with proofs', 'refresh', async world => {
    const signer = createProofSigner()
    const form = { grant_type: 'refresh_token', refresh_token: await boundLogin(world, signer) }
    await world.send(world.stranger(), 'POST /token', { form, headers: proved(world, signer) })
    return () => ({ form, headers: proved(world, signer) })
  }),
  limited('a bound refresh token without its key', ['it is recorded once an hour', 1], async world => {
    const [owner, thief] = [createProofSigner(), createProofSigner()]
    const form = { grant_type: 'refresh_token', refresh_token: await boundLogin(world, owner) }
    return index => ({ form, ...(index % 2 && { headers: proved(world, thief) }) })
  }),
  limited('logins of a client for itself with proofs', 'trusted', async world => {
    const [{ headers }, signer] = [await world.client(), createProofSigner()]
    return () => ({ form: { grant_type: 'client_credentials' }, headers: { ...headers, ...proved(world, signer) } })
  }),
  limited('exchanges of a personal access token with proofs', 'trusted', async world => {
    const [{ token }, { id: client_id }, signer] = [await world.person(), await world.script(), createProofSigner()]
    const { id, token: subject_token } = await createToken(world.app, token)
    for (let n = 0; n < usedBefore; n++) await world.app.throttle.take('trusted', ['token', id])
    const form = { grant_type: exchangeGrant, subject_token, subject_token_type: personalTokenType, client_id }
    return () => ({ form, headers: proved(world, signer) })
  })
]
