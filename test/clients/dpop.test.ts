import { decodeJwt } from 'jose'
import * as oauth from 'oauth4webapi'
import t, { type Test } from 'tap'
import { createTestClock } from '../../src/testing/clock.ts'
import { nonceStepMs } from '../../src/wire/dpop/nonces.ts'
import { createUser, password } from '../support/app.ts'
import { startServer } from '../support/server.ts'

const login = { username: 'alice', password, scope: 'me' }

/**
 * A server with alice and a public client. The clients have no clock of their own, so their proofs take the time of the
 * server's.
 */
async function createWorld(t: Test) {
  const clock = createTestClock()
  // The nonce changes when the test says so, and not between two of its requests.
  clock.set(new Date(Math.ceil(Date.now() / nonceStepMs) * nonceStepMs))
  const { app, url } = await startServer(t, { accessTokenTtl: 3600 }, clock.now)
  await createUser(app)
  const grants = ['password', 'refresh_token', 'authorization_code']
  const registration = { name: 'phone', confidential: false, grants, scopes: ['me'] }
  const { client } = await app.clientAdmin.create(registration)
  const nonces = new Set<unknown>()
  const options: oauth.ModifyAssertionOptions = {
    [oauth.modifyAssertion](_header, payload) {
      if (payload.nonce) nonces.add(payload.nonce)
      payload.iat = Math.floor(clock.now().getTime() / 1000)
    }
  }
  return { url, id: client.id, clock, nonces, options, issuer: new URL(url), me: new URL(`${url}/users/me`) }
}

t.test('oauth4webapi logs in, reads the account and refreshes with DPoP, over a change of the nonce', async t => {
  const { id, clock, nonces, options, issuer, me } = await createWorld(t)
  const insecure = { [oauth.allowInsecureRequests]: true }
  const found = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' })
  const as = await oauth.processDiscoveryResponse(issuer, found)
  const client: oauth.Client = { client_id: id }
  /** Runs `attempt` again if the server wants a nonce, which the library then has (RFC 9449 §8). */
  const withNonce = <T>(attempt: () => Promise<T>) =>
    attempt().catch(error => (oauth.isDPoPNonceError(error) ? attempt() : Promise.reject(error)))
  const refresh = (token: unknown, using: { DPoP?: oauth.DPoPHandle }) =>
    withNonce(async () => {
      const given = { ...insecure, ...using }
      const answer = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), String(token), given)
      return await oauth.processRefreshTokenResponse(as, client, answer)
    })

  for (const alg of ['ES256', 'Ed25519', 'RS256']) {
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair(alg), options)
    const proved = { ...insecure, DPoP }
    const read = (token: string) =>
      withNonce(() => oauth.protectedResourceRequest(token, 'GET', me, undefined, null, proved))
    const first = await withNonce(async () => {
      const answer = await oauth.genericTokenEndpointRequest(as, client, oauth.None(), 'password', login, proved)
      return await oauth.processGenericTokenEndpointResponse(as, client, answer)
    })
    t.equal(first.token_type, 'dpop', `${alg}: oauth4webapi lower-cases it`)
    t.strictSame(decodeJwt(first.access_token).cnf, { jkt: await DPoP.calculateThumbprint() })
    t.match(await (await read(first.access_token)).json(), { username: 'alice' })

    const before = nonces.size
    clock.advance(600)
    t.equal((await read(first.access_token)).status, 200)
    t.equal(nonces.size, before + 1, 'with another nonce')
    const second = await refresh(first.refresh_token, { DPoP })
    t.equal((await read(second.access_token)).status, 200)
    await t.rejects(refresh(second.refresh_token, {}), { error: 'invalid_grant' } as never)
  }
})
