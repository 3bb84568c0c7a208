import Fastify from 'fastify'
import type { Test } from 'tap'
import verifier, { type StepUp, type VerifierOptions } from '../../src/verifier.ts'
import { createUser, logIn } from './app.ts'
import { createClock } from './clocks.ts'
import { createConfidentialClient, startServer } from './server.ts'

/** What routes of the API ask of the login. */
export const stepUps = {
  twoFactors: { acr: 'aal2' },
  anyLogin: { acr: 'aal1' },
  recent: { maxAge: 300 },
  both: { acr: 'aal2', maxAge: 300 }
} satisfies Record<string, StepUp>

/**
 * An API with the verifier, closed when the test ends: `/any` takes every token, `/orders` requires `orders:read`, and
 * `/asked/:what` asks for `stepUps[what]` too. They answer with the token, and `/open` answers with the absence of one.
 * `log` holds the log lines of the API.
 */
export async function createApi(t: Test, options: VerifierOptions) {
  const log: string[] = []
  const app = Fastify({ logger: { level: 'info', stream: { write: line => void log.push(line) } } })
  t.teardown(() => app.close())
  await app.register(verifier, options)
  app.get('/any', { onRequest: app.requireScope() }, async ({ accessToken }) => accessToken)
  app.get('/orders', { onRequest: app.requireScope('orders:read') }, async ({ accessToken }) => accessToken)
  app.post('/orders', { onRequest: app.requireScope('orders:read', 'orders:write') }, async () => ({ id: 1 }))
  for (const [what, stepUp] of Object.entries(stepUps))
    app.get(
      `/asked/${what}`,
      { onRequest: app.requireScope('orders:read', stepUp) },
      async ({ accessToken }) => accessToken
    )
  app.get('/open', async ({ accessToken }) => ({ accessToken: accessToken ?? null }))
  return { app, log }
}

/**
 * A listening Sallyport, alice with the scopes of the API, and a login of alice. Clock and options are for the
 * verifier.
 */
export async function startIssuer(t: Test, settings: Parameters<typeof startServer>[1] = {}) {
  const clock = createClock()
  const server = await startServer(t, settings, clock.now)
  const alice = await createUser(server.app, 'alice', ['me', 'orders:read'])
  const tokens = await logIn(server.app)
  const options = { issuer: server.url, audience: server.config.audience, now: clock.now }
  return { ...server, clock, alice, tokens, options }
}

type Issuer = Parameters<typeof createConfidentialClient>[0]

/** The two ways to check a token. */
export const modes: [mode: string, option: (issuer: Issuer) => Promise<Partial<VerifierOptions>>][] = [
  ['Offline', async () => ({})],
  ['Introspection', introspect]
]

/** The option `introspect` for a client that is registered at the issuer. */
export async function introspect(issuer: Issuer) {
  const { id, secret } = await createConfidentialClient(issuer)
  return { introspect: { clientId: id, clientSecret: secret } }
}
