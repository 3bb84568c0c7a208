import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { build } from './app.ts'
import type { Extensions } from './auth/extensions/extensions.ts'
import { type Config, configFrom, type Settings } from './config/config.ts'
import { ConfigError } from './errors.ts'
import { urlOf } from './process/listening.ts'
import { type BadTokens, createBadTokens } from './testing/bad-tokens.ts'
import { createTestClock, type TestClock } from './testing/clock.ts'

export type { BadTokens } from './testing/bad-tokens.ts'
export type { TestClock } from './testing/clock.ts'

/** Who is logged in, and what is set; every member has a default. */
export interface TestOptions {
  /** `alice` unless given. */
  username?: string | undefined
  /** That of `user`, and of all others for whom none is given. */
  password?: string | undefined
  /** What the user may be granted, and is, at least one; the `defaultScopes` of the settings, `me`, unless given. Any name will do. */
  scopes?: string[] | undefined
  /** Claims of your own in access tokens, as the plugin takes them. */
  claims?: Extensions['claims']
  /** Those of the server, by their names in camel case: `{ audience: 'https://api.example.com' }`. */
  settings?: Omit<Settings, (typeof fixedSettings)[number]> | undefined
}

/** What is about a process of Sallyport's own, and is therefore no setting here. */
const fixedSettings = [
  'host',
  'port',
  'workers',
  'drainDelay',
  'metricsPort',
  'metricsHost',
  'otelExporterOtlpEndpoint'
] as const satisfies (keyof Settings)[]

const memory = { databaseUrl: 'sqlite::memory:', bcryptCost: 4, logLevel: 'silent' } as const

/** An account, and the password that it logs in with. */
export interface TestUser {
  /** The `sub` of its access tokens. */
  id: string
  username: string
  password: string
  /** What it may be granted. */
  scopes: string[]
}

/** The tokens of a login. */
export interface TestTokens {
  /** The access token. */
  token: string
  refreshToken: string
  /** What was granted, separated by spaces. */
  scope: string
}

/** A Sallyport of a test's own, and what the test needs of it. */
export interface TestSallyport extends TestTokens, AsyncDisposable {
  /** Where it listens, on a port of its own. */
  url: string
  /** The `iss` of its tokens; the URL unless the settings name another. */
  issuer: string
  /** The `aud` of its tokens; the issuer unless the settings name another. */
  audience: string
  /** The user that the tokens belong to. */
  user: TestUser
  /** Access tokens to be refused. */
  badTokens: BadTokens
  clock: TestClock
  /** Makes another account, with the password of `user` and the `defaultScopes` unless told otherwise. Rejects what is not valid. */
  createUser(account: {
    username: string
    password?: string | undefined
    scopes?: string[] | undefined
  }): Promise<TestUser>
  /** Logs in, as `user` unless told otherwise. Rejects when the login is refused. */
  login(as?: {
    username?: string | undefined
    password?: string | undefined
    scope?: string | undefined
  }): Promise<TestTokens>
  /** Ends it, with all connections to it. Once it has ended, this does nothing. */
  close(): Promise<void>
}

/**
 * Starts a Sallyport in memory for the tests of what trusts its tokens, with a user who is logged in; `settings` are those
 * of the server. It hashes passwords at the lowest cost: do not serve with it. Throws a ConfigError when the settings are
 * not valid, and a Problem when the account is not; nothing is open then.
 */
export async function startSallyport(options: TestOptions = {}): Promise<TestSallyport> {
  const { claims, settings = {} } = options
  assertOptions(options)
  const given = Object.entries(settings).filter(([, value]) => value !== undefined)
  const clock = createTestClock()
  // It listens first, because its issuer has to be known when it is built.
  const server = createServer().listen(0, '127.0.0.1')
  // If it is never closed, the tests end all the same.
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
    // It does not listen by itself, and would send no mail.
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

/** Makes the user of the test and logs in; with what does so for others. */
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

  const login: TestSallyport['login'] = async ({ username = user.username, password = usual, scope = '' } = {}) => {
    const answer = await app.inject({
      method: 'POST',
      url: '/token',
      payload: new URLSearchParams({ grant_type: 'password', username, password, scope }).toString(),
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
    problems.push(`settings.${name} is not possible: it listens on 127.0.0.1 and a free port, in this process`)
  }
  const granted = scopes ?? settings.defaultScopes
  if (granted?.length === 0) {
    const name = scopes ? 'scopes' : 'settings.defaultScopes'
    problems.push(
      `${name} is empty, and the user has to log in: make another with createUser({ username, scopes: [] })`
    )
  }
  if (claims !== undefined && typeof claims !== 'function') problems.push('claims is not a function')
  if (problems.length > 0) throw new ConfigError(problems)
}
