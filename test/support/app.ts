import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import db from '../../plugins/db.ts'
import jwt from '../../plugins/jwt.ts'
import keys from '../../plugins/keys.ts'
import metrics from '../../plugins/metrics.ts'
import outage from '../../plugins/outage.ts'
import passwords from '../../plugins/passwords.ts'
import services from '../../plugins/services.ts'
import serving from '../../plugins/serving.ts'
import texts from '../../plugins/texts.ts'
import visitor from '../../plugins/visitor.ts'
import { build } from '../../src/app.ts'
import type { Extensions } from '../../src/auth/extensions/extensions.ts'
import type { Config } from '../../src/config/config.ts'
import type { UserRow } from '../../src/store/users.ts'
import { configFrom } from '../../src/wiring/load-config.ts'
import { createClock } from './clocks.ts'
import { databaseUrl } from './engines.ts'

/** The password of every account that a test creates without naming one. */
export const password = 'correct horse battery staple'

/** Settings for a test: bcrypt at its lowest cost, an issuer that differs from the address, no log, no pages at /docs. */
export const testConfig = (settings: Partial<Config> = {}): Config =>
  configFrom({
    databaseUrl: 'sqlite::memory:',
    secret: 'a secret of the tests, 32 bytes or more',
    issuer: 'https://auth.example.com',
    bcryptCost: 4,
    logLevel: 'silent',
    docs: 'off',
    ...settings
  })

/**
 * A fresh app with its own clock, on an empty database of `engine` unless the settings name one; closed when the test
 * ends.
 */
export async function createApp(
  t: Test,
  settings: Partial<Config> = {},
  server: Parameters<typeof build>[1] = {},
  extensions: Extensions = {}
) {
  const { clock, config } = await createConfig(t, settings)
  const app = await build({ config, now: clock.now, ...extensions }, server)
  t.teardown(() => app.close())
  return { app, clock, config }
}

/** The services of such an app without its routes: for a test that sends no request, in half the time. */
export async function createServices(t: Test, settings: Partial<Config> = {}, extensions: Extensions = {}) {
  const { clock, config } = await createConfig(t, settings)
  const app = Fastify({ logger: false }) as unknown as FastifyInstance
  t.teardown(() => app.close())
  const options = { config, now: clock.now, ...extensions }
  await app.register(outage)
  await app.register(metrics, { isOn: config.metrics !== undefined })
  await app.register(serving)
  for (const plugin of [db, passwords, services, keys, texts, visitor, jwt]) await app.register(plugin, options)
  await app.ready()
  return { app, clock, config }
}

async function createConfig(t: Test, settings: Partial<Config>) {
  const config = testConfig({ ...settings, databaseUrl: settings.databaseUrl ?? (await databaseUrl(t)) })
  return { clock: createClock(), config }
}

/** A setting that turns metrics on. An app of a test does not listen on the port. */
export const withMetrics = { metrics: '127.0.0.1:9464' }

/** One metric of an app with metrics, as Prometheus reads it. */
export const metricOf = ({ metrics: { registry } }: FastifyInstance, name: string) =>
  (registry as NonNullable<typeof registry>).getSingleMetricAsString(name)

/** Creates an account with the given scopes (`me` by default) and the password above. */
export const createUser = (app: FastifyInstance, username = 'alice', scopes = ['me']) =>
  app.users.register({ username, password, scopes }, {})

/** The same with a verified address, and the scope `me`. */
export async function createVerifiedUser(app: FastifyInstance, username = 'alice', email = `${username}@example.com`) {
  const { id } = await app.users.register({ username, password, email }, {})
  const verified = { emailVerified: true, updatedAt: app.clock.now() }
  return (await app.db.users.update(id, verified, app.auditEvents.event('user.email_verified'))) as UserRow
}

/** A login that is fresh at any time of a test's clock. */
export const freshLogin = { session: { amr: ['pwd'], authTime: new Date('9999-01-01') } }

/** Posts a form to `url`, from the address `from` if one is given, and resolves to the answer. */
export function postForm(
  app: FastifyInstance,
  url: string,
  form: Record<string, string> | string,
  headers: Record<string, string> = {},
  from?: string
) {
  const payload = typeof form === 'string' ? form : new URLSearchParams(form).toString()
  return app.inject({
    method: 'POST',
    url,
    payload,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    ...(from ? { remoteAddress: from } : {})
  })
}

/** The tokens of a new login, by default with every scope of the account. */
export async function logIn(app: FastifyInstance, form: Record<string, string> = {}) {
  const { username = 'alice' } = form
  const scope = (await app.db.users.byUsername(username))?.scopes.join(' ') ?? ''
  const answer = await postForm(app, '/token', { grant_type: 'password', username, password, scope, ...form })
  return answer.json() as { access_token: string; refresh_token: string; expires_in: number; scope: string }
}

/** The header that carries an access token. */
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** The HTTP Basic header as RFC 6749 §2.3.1 defines it. */
export function basic(id: string, secret: string) {
  const encode = (text: string) => encodeURIComponent(text).replaceAll('%20', '+')
  return { authorization: `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}` }
}
