/**
 * A TypeScript program for each module that a user of the package can import. It uses every export of the module, and
 * ends with an error if one does not work.
 */
export const programs: Record<string, string> = {
  '.': `
    import Fastify from 'fastify'
    import sallyport, { build, ConfigError, configFrom, loadConfig, Problem, sallyport as named } from 'sallyport'
    import type { AccessTokenClaims, Auth, Config, Extensions, Grant, Registration, User } from 'sallyport'
    import type { Acr, AuthenticateHook, Requirement, Sallyport, SallyportOptions, ServiceOptions, StepUp } from 'sallyport'

    const settings = { databaseUrl: 'sqlite::memory:', bcryptCost: 4 }
    const extensions: Extensions = { claims: ({ user }: Grant) => ({ tenant: user?.username, roles: ['reader'] }) }
    const options: SallyportOptions = { ...settings, issuer: undefined, ...extensions, prefix: '/auth', defaultScopes: ['orders:read'] }
    const app = Fastify()
    await app.register(sallyport, options)
    const requirement: Requirement = { roles: ['reader'] }
    app.get('/orders', { onRequest: app.authenticate('orders:read', requirement) }, async request => {
      const auth: Auth = request.auth
      const claims: AccessTokenClaims = auth.claims
      const [role]: string[] = claims.roles ?? claims.groups ?? claims.entitlements ?? []
      return { of: auth.user?.username, tenant: claims.tenant, role }
    })
    const secure = Fastify({ http2: true })
    const acr: Acr = 'aal2'
    const stepUp: StepUp = { acr, maxAge: 300 }
    app.delete('/orders', { onRequest: app.authenticate('orders:read', stepUp) }, async () => [])
    const onRequest: AuthenticateHook = app.sallyport.requireScope('orders:read', { acr: 'aal2' })
    secure.get('/orders', { onRequest: secure.authenticate?.('orders:read') ?? onRequest }, async () => [])
    const accounts: Sallyport = app.sallyport
    const account = { username: 'alice', password: 'correct horse battery staple' }
    const registration: Registration = account
    const user: User = await accounts.createUser(registration)
    const payload = new URLSearchParams({ grant_type: 'password', ...account }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const { access_token } = (await app.inject({ method: 'POST', url: '/auth/token', headers, payload })).json()
    const orders = await app.inject({ url: '/orders', headers: { authorization: \`Bearer \${access_token}\` } })
    if (orders.body !== '{"of":"alice","tenant":"alice","role":"reader"}') throw new Error(orders.body)
    const bearer = { authorization: \`Bearer \${access_token}\` }
    const refused = await app.inject({ method: 'DELETE', url: '/orders', headers: bearer })
    if (!/acr_values="aal2"/.test(String(refused.headers['www-authenticate']))) throw new Error(refused.body)
    await app.close()

    const config: Config = configFrom(settings)
    const service: ServiceOptions = { config }
    await (await build(service)).close()
    if (named !== sallyport || !user.id || !(new Problem('not_found', 'x') instanceof Error)) throw new Error()
    try {
      loadConfig({ PORT: 'x' })
      throw new Error()
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
    }
  `,
  './testing': `
    import { startSallyport, type BadTokens, type TestClock, type TestOptions } from 'sallyport/testing'
    import type { TestSallyport, TestTokens, TestUser } from 'sallyport/testing'
    import type { FastifyInstance } from 'fastify'

    const options: TestOptions = { scopes: ['orders:read'], username: undefined, settings: undefined }
    const auth: TestSallyport = await startSallyport(options)
    const user: TestUser = await auth.createUser({ username: 'bob' })
    const tokens: TestTokens = await auth.login(user)
    const clock: TestClock = auth.clock
    clock.advance(1)
    const bad: (keyof BadTokens)[] = ['expired', 'unsigned']
    for (const token of [...bad.map(name => auth.badTokens[name]), tokens.token]) {
      const answer = await fetch(\`\${auth.url}/users/me\`, { headers: { authorization: \`Bearer \${token}\` } })
      if (answer.ok !== (token === tokens.token)) throw new Error(await answer.text())
    }
    await auth.close()

    // What Sallyport puts on a Fastify of its own is not on everybody's.
    type Leaked = Extract<'db' | 'users' | 'accessTokens', keyof FastifyInstance>
    const leaked: Leaked[] = []
    const none: never[] = leaked
  `,
  './verifier': `
    import Fastify from 'fastify'
    import { startSallyport } from 'sallyport/testing'
    import verifier, { BearerError, verifyWebhook, WebhookError } from 'sallyport/verifier'
    import type { AccessToken, Acr, BearerErrorCode, RequireScopeHook, Requirement, StepUp, VerifierOptions } from 'sallyport/verifier'
    import type { WebhookEvent, WebhookOptions } from 'sallyport/verifier'

    const auth = await startSallyport({ scopes: ['orders:read'], claims: () => ({ roles: ['reader'] }) })
    const options: VerifierOptions = { issuer: auth.issuer, audience: auth.audience, now: auth.clock.now }
    const app = Fastify()
    await app.register(verifier, options)
    const requirement: Requirement = { roles: ['reader'] }
    const onRequest: RequireScopeHook = app.requireScope('orders:read', requirement)
    app.get('/orders', { onRequest }, async request => {
      const token: AccessToken = request.accessToken
      const { acr, amr, authTime }: { acr: string | undefined; amr: string[] | undefined; authTime: Date | undefined } = token
      if (acr !== 'aal1' || amr?.[0] !== 'pwd' || authTime === undefined) throw new Error()
      const [role]: string[] = token.roles
      return [token.sub, role].join()
    })
    const acr: Acr = 'aal2'
    const stepUp: StepUp = { acr, maxAge: 300 }
    app.delete('/orders', { onRequest: app.requireScope('orders:read', stepUp) }, async () => [])
    const refusals: BearerErrorCode[] = []
    app.setErrorHandler((error, request, reply) => {
      if (error instanceof BearerError) refusals.push(error.code)
      return reply.send(error)
    })
    const get = (token: string) => app.inject({ url: '/orders', headers: { authorization: \`Bearer \${token}\` } })
    if ((await get(auth.token)).body !== \`\${auth.user.id},reader\`) throw new Error()
    for (const token of Object.values(auth.badTokens)) await get(token)
    if (refusals.length !== 10 || refusals.at(-1) !== 'insufficient_scope') throw new Error(refusals.join())
    await app.inject({ method: 'DELETE', url: '/orders', headers: { authorization: \`Bearer \${auth.token}\` } })
    if (refusals.at(-1) !== 'insufficient_user_authentication') throw new Error(refusals.join())
    const from: WebhookOptions = { issuer: auth.issuer, now: auth.clock.now }
    const event: WebhookEvent | string = await verifyWebhook({ headers: {}, body: '' }, from).catch(error => {
      if (!(error instanceof WebhookError)) throw error
      return error.code
    })
    if (event !== 'missing_header') throw new Error()
    await app.close()
    await auth.close()
  `,
  './client': `
    import { createClient, createPasskey, getPasskey, OAuthError, stepUpAsked, webStorage } from 'sallyport/client'
    import type { AskedLogin, Challenge, Client, ClientOptions, Credentials, FactorAnswer, PasskeyCredentials } from 'sallyport/client'
    import type { PasskeyCreation, PasskeyRequest, SecondFactor, SignedIn, StepUp } from 'sallyport/client'
    import type { TokenStorage, WebStorage } from 'sallyport/client'
    import { startSallyport } from 'sallyport/testing'

    const auth = await startSallyport()
    const kept = new Map<string, string>()
    const area: WebStorage = {
      getItem: key => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: key => void kept.delete(key)
    }
    const storage: TokenStorage = webStorage(area)
    const options: ClientOptions = { url: auth.url, storage, clientId: undefined, fetch: undefined }
    const client: Client = createClient(options)
    const secondFactor: SecondFactor = (challenge: Challenge): FactorAnswer => ({ otp: challenge.factors.join() })
    const credentials: Credentials = { username: 'alice', password: auth.user.password, secondFactor }
    const who: SignedIn = await client.signIn(credentials)
    const asked: AskedLogin | undefined = stepUpAsked(new Response())
    const stepUp: StepUp = { acr: 'aal1', ...asked, secondFactor }
    if (asked || (await client.stepUp(stepUp))?.username !== who.username) throw new Error()
    const withPasskey: PasskeyCredentials = { passkey: (options: PasskeyRequest) => getPasskey(options) }
    const add = (options: PasskeyCreation) => createPasskey(options)
    const me = (await (await client.fetch(\`\${auth.url}/users/me\`)).json()) as { username: string }
    if (me.username !== who.username || !(await client.signOut())) throw new Error()
    try {
      await client.signIn({ ...credentials, password: 'a wrong one' })
      throw new Error()
    } catch (error) {
      if (!(error instanceof OAuthError) || error.error !== 'invalid_grant') throw error
    }
    await auth.close()
  `,
  './client/react': `
    import { type Client, createClient, type Session } from 'sallyport/client'
    import { type Failure, type UseSession, useSession } from 'sallyport/client/react'

    const client = createClient({ url: 'https://auth.example.com' })
    const hook: (client: Client) => UseSession = useSession
    const session: Session = client.current
    const failure: Failure | undefined = undefined
    if (typeof hook !== 'function' || session.isSignedIn || failure) throw new Error()
  `
}
