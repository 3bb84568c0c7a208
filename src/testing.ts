import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { build } from './app.ts'
import type { Extensions } from './auth/extensions/extensions.ts'
import { ConfigError } from './base/errors.ts'
import type { Config, Settings } from './config/config.ts'
import { urlOf } from './process/listening.ts'
import { type BadTokens, createBadTokens } from './testing/bad-tokens.ts'
import { createTestClock, type TestClock } from './testing/clock.ts'
import { configFrom } from './wiring/load-config.ts'

export type { BadTokens } from './testing/bad-tokens.ts'
export type { TestClock } from './testing/clock.ts'

/** The options of a test server: the user to log in, and the settings. Every member has a default. */
export interface TestOptions {
  /** Defaults to `alice`. */
  username?: string | undefined
  /**
   * The password of `user`, and of every other account that is created without one. Defaults to
   * `correct horse battery staple`.
   */
  password?: string | undefined
  /**
   * The scopes of the user and of its tokens, at least one. Defaults to the `defaultScopes` of the settings, `me`. Any
   * name is allowed.
   */
  scopes?: string[] | undefined
  /** Adds your own claims to access tokens, like the option of the plugin. */
  claims?: Extensions['claims']
  /** The settings of the server, by their names in camel case: `{ audience: 'https://api.example.com' }`. */
  settings?: Omit<Settings, (typeof fixedSettings)[number]> | undefined
}

/** Settings of a process of its own, which do not apply here. */
const fixedSettings = [
  'host',
  'port',
  'workers',
  'metrics',
  'otelExporterOtlpEndpoint'
] as const satisfies (keyof Settings)[]

const memory = { databaseUrl: 'sqlite::memory:', bcryptCost: 4, logLevel: 'silent' } as const

/** An account and its password. */
export interface TestUser {
  /** The `sub` of its access tokens. */
  id: string
  username: string
  password: string
  /** The scopes that it may be granted. */
  scopes: string[]
}

/** The tokens of a login. */
export interface TestTokens {
  /** The access token. */
  token: string
  /** The refresh token, which `POST /token` exchanges once. */
  refreshToken: string
  /** The granted scopes, separated by spaces. */
  scope: string
}

/** A Sallyport server for one test, and everything that the test needs from it. */
export interface TestSallyport extends TestTokens, AsyncDisposable {
  /** The URL of the server, with a port of its own. */
  url: string
  /** The `iss` of its tokens. Defaults to the URL; the settings can name another. */
  issuer: string
  /**
   * In the `aud` of its tokens. Defaults to the issuer; the settings can name another, which is added to the issuer.
   */
  audience: string
  /** The user that the tokens belong to. */
  user: TestUser
  /** Access tokens that must be refused. */
  badTokens: BadTokens
  /** The clock of the server, which the test moves. */
  clock: TestClock
  /**
   * Creates another account, by default with the password of `user` and the `defaultScopes`. Rejects when a value is
   * invalid.
   */
  createUser(account: {
    username: string
    password?: string | undefined
    scopes?: string[] | undefined
  }): Promise<TestUser>
  /** Logs in, by default as `user`. Rejects when the login is refused. */
  login(as?: {
    username?: string | undefined
    password?: string | undefined
    /** Defaults to all scopes of `user`; for another user, to those that need not be named. */
    scope?: string | undefined
    /** The API that the token is for, one of `resources` in the settings. Defaults to the issuer and the audience. */
    resource?: string | undefined
  }): Promise<TestTokens>
  /** Closes the server and all connections to it. A second call does nothing. */
  close(): Promise<void>
}

/**
 * Starts a Sallyport server in memory with a logged-in user, to test software that accepts its tokens. It hashes
 * passwords at the lowest cost, so do not use it in production. Throws a ConfigError when the settings are invalid, and
 * a Problem when the account is; nothing stays open then.
 */
export async function startSallyport(options: TestOptions = {}): Promise<TestSallyport> {
  const { claims, settings = {} } = options
  assertOptions(options)
  const given = Object.entries(settings).filter(([, value]) => value !== undefined)
  const clock = createTestClock()
  // Listens first, because the issuer must be known when the app is built.
  const server = createServer().listen(0, '127.0.0.1')
  // An unclosed server does not keep the test process alive.
  server.unref()
  await once(server, 'listening')
  const url = urlOf(server.address())
  let app: FastifyInstance | undefined
  async function close() {
    server.closeAllConnections()
    server.close()
    await app?.close()
  }

  try {
    const config = configFrom({ ...memory, issuer: url, ...Object.fromEntries(given) })
    const serverFactory = (handler: RequestListener) => server.on('request', handler)
    app = await build({ config, now: clock.now, claims }, { serverFactory })
    // Starts sending mail, which the app otherwise does when it listens.
    await app.beginServing()
    const loggedIn = await logIn(app, config, options)
    const badTokens = createBadTokens({ good: loggedIn.token, signer: app.keys.signer, now: clock.now })
    const { issuer, audience } = config
    return { url, issuer, audience, ...loggedIn, badTokens, clock, close, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Creates the user of the test and logs in. Also returns the functions for other users. */
async function logIn(
  app: FastifyInstance,
  config: Config,
  { username = 'alice', password: usual = 'correct horse battery staple', scopes }: TestOptions
): Promise<Pick<TestSallyport, 'user' | 'createUser' | 'login' | keyof TestTokens>> {
  const createUser: TestSallyport['createUser'] = async ({
    password = usual,
    scopes = config.defaultScopes,
    ...rest
  }) => {
    const { id, username } = await app.users.register({ ...rest, password, scopes }, {})
    return { id, username, password, scopes }
  }

  const user = await createUser({ username, scopes })

  const login: TestSallyport['login'] = async ({
    username = user.username,
    password = usual,
    scope = username === user.username ? user.scopes.join(' ') : '',
    resource = ''
  } = {}) => {
    const answer = await app.inject({
      method: 'POST',
      url: '/token',
      payload: new URLSearchParams({ grant_type: 'password', username, password, scope, resource }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' }
    })
    const body = answer.json()
    if (answer.statusCode !== 200) throw new Error(`The login was refused: ${body.error}: ${body.error_description}`)
    return { token: body.access_token, refreshToken: body.refresh_token, scope: body.scope }
  }

  return { user, ...(await login()), createUser, login }
}

function assertOptions({ username, password, scopes, claims, settings = {}, ...unknown }: TestOptions) {
  const problems = Object.keys(unknown).map(name => `${name} is not an option`)
  for (const name of fixedSettings.filter(name => name in settings)) {
    problems.push(`settings.${name} cannot be set: the test server runs in this process, on a free port of 127.0.0.1`)
  }
  const granted = scopes ?? settings.defaultScopes
  if (granted?.length === 0) {
    const name = scopes ? 'scopes' : 'settings.defaultScopes'
    problems.push(
      `${name} is empty, but the user needs a scope to log in: use createUser({ username, scopes: [] }) instead`
    )
  }
  if (claims !== undefined && typeof claims !== 'function') problems.push('claims is not a function')
  if (problems.length > 0) throw new ConfigError(problems)
}
