import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { build } from '../../src/app.ts'
import type { Config } from '../../src/config/config.ts'
import { testConfig } from './app.ts'
import { databaseUrl } from './engines.ts'
import { freePort } from './free-port.ts'
import { exchangeGrant } from './personal-tokens.ts'

/**
 * A fresh app that listens on a socket and whose issuer is its own address, as discovering clients require; closed when
 * the test ends. Its clock is the real one unless `now` is given, because clients compare it with theirs.
 */
export async function startServer(t: Test, settings: Partial<Config> = {}, now = () => new Date()) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const config = testConfig({ databaseUrl: await databaseUrl(t, 'sqlite'), issuer: url, ...settings })
  const app = await build({ config, now })
  t.teardown(() => app.close())
  dateBy(app, now)
  await app.listen({ host: '127.0.0.1', port })
  return { app, url, config }
}

/** Lets every response have the `Date` of this clock, as it has that of the machine otherwise. */
export function dateBy({ server }: Pick<FastifyInstance, 'server'>, now: () => Date) {
  server.prependListener('request', (_request, response) => void response.setHeader('Date', now().toUTCString()))
}

/** A confidential client with every grant and the scopes `me` and `introspect`: its id and its secret. */
export async function createConfidentialClient({ app }: Pick<Awaited<ReturnType<typeof startServer>>, 'app'>) {
  const grants = ['password', 'refresh_token', 'client_credentials', 'authorization_code', exchangeGrant]
  const registration = { name: 'reports', confidential: true, grants, scopes: ['me', 'introspect'] }
  const { client, secret } = await app.clientAdmin.create(registration)
  return { id: client.id, secret: String(secret) }
}
