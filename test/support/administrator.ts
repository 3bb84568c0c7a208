import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { basic, bearer, createApp, createUser, logIn, postForm } from './app.ts'
import { assertProblem, type Refusal } from './problem.ts'
import { auditTrail } from './store.ts'

/** A request that is refused: the call, its token, and the answer. */
export interface Refused {
  name: string
  call: [method: Method, url: string, payload?: object]
  token?: string
  status: number
  refusal: Refusal
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** A request with `token`, if any. */
export const callWith =
  (app: FastifyInstance, token?: string) =>
  (method: Method, url: string, payload?: object, from = '192.0.2.1') =>
    app.inject({
      method,
      url,
      headers: token === undefined ? {} : bearer(token),
      remoteAddress: from,
      ...(payload ? { payload } : {})
    })

/** The access token of a client created for it with the client credentials grant and these scopes. */
export async function clientToken(app: FastifyInstance, name: string, scopes: string[]) {
  const { client, secret } = await app.clientAdmin.create({
    name,
    confidential: true,
    grants: ['client_credentials'],
    scopes
  })
  const form = { grant_type: 'client_credentials', scope: scopes.join(' ') }
  const answer = await postForm(app, '/token', form, basic(client.id, String(secret)))
  return { id: client.id, token: answer.json().access_token as string }
}

/** A fresh app with the administrator root, with these scopes, and the user alice. */
export async function withRoot(t: Test, scopes: string[], settings: Partial<Config> = {}) {
  const { app, clock, config } = await createApp(t, settings)
  const [root, alice] = [await createUser(app, 'root', scopes), await createUser(app, 'alice')]
  const { access_token: token } = await logIn(app, { username: 'root' })
  const trail = async () => (await auditTrail(t, config.databaseUrl)).filter(({ actor }) => actor !== null)
  return { app, clock, root, alice, token, trail, config, call: callWith(app, token) }
}

/** Asserts that each of `refused` is refused as it says. */
export async function assertAllRefused(t: Test, app: FastifyInstance, refused: Refused[]) {
  for (const { name, call, token, status, refusal } of refused) {
    const answer = await callWith(app, token)(...call)
    assertProblem(t, answer, status, String(call[1].split('?')[0]), refusal, name)
  }
}

/** The refusals that every administration URL shares: without a token, and with a token without the scope. */
export function withoutScope(
  calls: Refused['call'][],
  tokens: Record<string, string>,
  scopeOf: (method: Method) => string
) {
  return calls.flatMap(([method, url, payload]): Refused[] => {
    const scope = scopeOf(method)
    const call: Refused['call'] = payload ? [method, url, payload] : [method, url]
    const name = `${method} ${url}`
    return [
      { name, call, status: 401, refusal: { detail: 'Send an access token: Authorization: Bearer <token>.' } },
      ...Object.entries(tokens).flatMap(([others, token]): Refused[] =>
        others.split(' ').includes(scope)
          ? []
          : [
              {
                name: `${name} with ${others}`,
                call,
                token,
                status: 403,
                refusal: { detail: `The access token lacks the scope ${scope}.` }
              }
            ]
      )
    ]
  })
}
