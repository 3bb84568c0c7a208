import type { Test } from 'tap'
import { bearer } from '../support/app.ts'
import { type Answer, assertTokens, type World } from './world.ts'

export const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
export const personalTokenType = 'urn:sallyport:token-type:personal-access-token'

export const [orders, bills] = ['https://api.example.com/orders', 'https://api.example.com/bills'] as const
const apiScopes = ['orders:read', 'orders:write', 'bills:pay']

/** A server with two APIs. */
export const apis = {
  issuer: 'https://auth.example.com',
  resources: [`${orders} orders:read orders:write`, `${bills} bills:pay`]
}

interface Created {
  id: string
  token: string
}

/** Gives alice scopes of the APIs; creates a personal access token over HTTP, and a client that may exchange it. */
export async function withPersonalToken(world: World, token: Record<string, unknown> = {}) {
  const { app, alice, json, send, tokens, publicClient } = world
  await app.userAdmin.update(alice.id, { scopes: ['me', 'users:read', ...apiScopes] }, {})
  const login = await tokens()
  const create = async (members: Record<string, unknown> = {}): Promise<Created> =>
    (await json('POST', '/users/me/tokens', { name: 'nightly report', ...members }, login.access_token)).body
  const created = await create(token)
  const client_id = await publicClient('scripts', {
    grants: [exchangeGrant],
    scopes: ['me', 'users:read', ...apiScopes]
  })
  const form: Record<string, string> = {
    grant_type: exchangeGrant,
    subject_token: created.token,
    subject_token_type: personalTokenType,
    client_id
  }
  return {
    /** The token as it was created. */
    created,
    /** Creates another one. */
    create,
    login,
    client_id,
    /** The parameters of an exchange. */
    form,
    /** The answer to an exchange, with the members of `more` added or replaced. */
    exchange: (more: Record<string, string> = {}) => world.token({ ...form, ...more }),
    /** Deletes a token over HTTP. */
    remove: ({ id }: Created) => send('DELETE', `/users/me/tokens/${id}`, bearer(login.access_token))
  }
}

/** Asserts a complete answer to an exchange without a refresh token (RFC 8693 §2.2.1). */
export const assertExchanged = (t: Test, answer: Answer, { scope = apiScopes.join(' '), expires_in = 600 } = {}) =>
  assertTokens(t, answer, { scope, expires_in, refreshable: false, more: { issued_token_type: accessTokenType } })
