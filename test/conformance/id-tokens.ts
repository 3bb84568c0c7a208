import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { startIdentityProvider } from '../support/identity-provider.ts'
import { accessTokenType, exchangeGrant } from './exchanges.ts'
import { type Answer, assertTokens, startWorld } from './world.ts'

export const idTokenType = 'urn:ietf:params:oauth:token-type:id_token'

export type IssuerWorld = Awaited<ReturnType<typeof startIssuerWorld>>

/** A server that takes the ID tokens of an issuer on 127.0.0.1, and exchanges of its ID tokens. */
export async function startIssuerWorld(t: Test, settings: Partial<Config> = {}, algs = ['ES256']) {
  let now = () => new Date()
  const provider = await startIdentityProvider(t, () => now(), algs)
  const world = await startWorld(t, { ...settings, identityProviders: [provider.setting] })
  now = world.clock.now
  const present = (subject_token: string, form: Record<string, string> = {}) =>
    world.token({ grant_type: exchangeGrant, subject_token, subject_token_type: idTokenType, ...form })
  return {
    ...world,
    provider,

    /** The answer to an ID token, with further parameters. */
    present,

    /** The same for an ID token with these claims, and an id of its own. */
    presentClaims: (claims: Record<string, unknown>, form?: Record<string, string>) =>
      present(provider.idToken({ jti: randomUUID(), ...claims }, { alg: String(algs[0]) }), form)
  }
}

/** Asserts the answer to a login by an ID token. */
export const assertLoggedIn = (t: Test, answer: Answer) =>
  assertTokens(t, answer, { more: { issued_token_type: accessTokenType } })
