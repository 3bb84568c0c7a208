import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { type Test, test } from 'tap'
import { install, pack } from './support/installed-package.ts'

const root = join(import.meta.dirname, '..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** What a user of the package can import. */
const faces = Object.keys(manifest.exports).filter(path => path !== './package.json')

/** TypeScript that uses all of a face, and ends with an error where it does not work. */
const programs: Record<string, string> = {
  '.': `
    import Fastify from 'fastify'
    import sallyport, { build, ConfigError, configFrom, loadConfig, Problem, sallyport as named } from 'sallyport'
    import type { AccessTokenClaims, Auth, Config, Extensions, Grant, Registration, User } from 'sallyport'
    import type { Sallyport, SallyportOptions, ServiceOptions } from 'sallyport'

    const settings = { databaseUrl: 'sqlite::memory:', bcryptCost: 4 }
    const extensions: Extensions = { claims: ({ user }: Grant) => ({ tenant: user?.username }) }
    const options: SallyportOptions = { ...settings, ...extensions, prefix: '/auth', defaultScopes: ['orders:read'] }
    const app = Fastify()
    await app.register(sallyport, options)
    app.get('/orders', { onRequest: app.authenticate('orders:read') }, async request => {
      const auth: Auth = request.auth
      const claims: AccessTokenClaims = auth.claims
      return { of: auth.user?.username, tenant: claims.tenant }
    })
    const accounts: Sallyport = app.sallyport
    const account = { username: 'alice', password: 'correct horse battery staple' }
    const registration: Registration = account
    const user: User = await accounts.createUser(registration)
    const payload = new URLSearchParams({ grant_type: 'password', ...account }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const { access_token } = (await app.inject({ method: 'POST', url: '/auth/token', headers, payload })).json()
    const orders = await app.inject({ url: '/orders', headers: { authorization: \`Bearer \${access_token}\` } })
    if (orders.body !== '{"of":"alice","tenant":"alice"}') throw new Error(orders.body)
    await app.close()

    const config: Config = configFrom(settings)
    const service: ServiceOptions = { config }
    await (await build(service)).close()
    if (named !== sallyport || !user.id || !(new Problem(400, 'x') instanceof Error)) throw new Error()
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

    const options: TestOptions = { scopes: ['orders:read'] }
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
    import verifier, { BearerError } from 'sallyport/verifier'
    import type { AccessToken, BearerErrorCode, RequireScopeHook, VerifierOptions } from 'sallyport/verifier'

    const auth = await startSallyport({ scopes: ['orders:read'] })
    const options: VerifierOptions = { issuer: auth.issuer, audience: auth.audience, now: auth.clock.now }
    const app = Fastify()
    await app.register(verifier, options)
    const onRequest: RequireScopeHook = app.requireScope('orders:read')
    app.get('/orders', { onRequest }, async request => {
      const token: AccessToken = request.accessToken
      return token.sub
    })
    const refusals: BearerErrorCode[] = []
    app.setErrorHandler((error, request, reply) => {
      if (error instanceof BearerError) refusals.push(error.code)
      return reply.send(error)
    })
    const get = (token: string) => app.inject({ url: '/orders', headers: { authorization: \`Bearer \${token}\` } })
    if ((await get(auth.token)).body !== auth.user.id) throw new Error()
    for (const token of Object.values(auth.badTokens)) await get(token)
    if (refusals.length !== 10 || refusals.at(-1) !== 'insufficient_scope') throw new Error(refusals.join())
    await app.close()
    await auth.close()
  `
}

/** For a face without a program: that it is there, with types. */
const anyFace = (specifier: string) => `
    import * as face from '${specifier}'
    if (Object.keys(face).length === 0) throw new Error()
`

const specifierOf = (face: string) => join('sallyport', face)

/** What the compiler should make of the sources, and what else is in the package. */
function expectedFiles(): string[] {
  const sources = ['src', 'plugins', 'routes'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('.ts'))
      .map(path => join('dist', folder, path.replace(/\.ts$/, '')))
  )
  const isInside = /^dist\/(plugins|routes|src\/(commands|doctor|store))\//
  const types = sources.filter(path => !isInside.test(path)).map(path => `${path}.d.ts`)
  const migrations = ['sqlite', 'postgres'].flatMap(dialect =>
    readdirSync(join(root, 'migrations', dialect), { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('.sql') || path.endsWith('_journal.json'))
      .map(path => join('migrations', dialect, path))
  )
  const others = ['LICENSE', 'README.md', 'bin/sallyport.cjs', 'package.json']
  return [...others, ...sources.map(path => `${path}.js`), ...types, ...migrations].sort()
}

test('the package, as npm pack makes it (issue 6)', async t => {
  const { tarball, files } = pack(t)
  const bytes = readFileSync(tarball)
  t.comment(`${files.length} files, ${Math.round(statSync(tarball).size / 1024)} KiB`)

  t.test(
    'it holds what its user needs and nothing else: no test, no source map, no snapshot, nothing left over',
    async t => {
      t.strictSame(files, expectedFiles())
    }
  )

  t.test('publint has nothing to say', async t => {
    const { messages } = await publint({ pack: { tarball: new Uint8Array(bytes).buffer }, strict: true })
    t.strictSame(messages, [])
  })

  t.test('its types are right wherever an ES module looks for them', async t => {
    const result = await checkPackage(createPackageFromTarballData(bytes))
    if (!result.types) throw new Error('It has no types.')
    t.strictSame(Object.keys(result.entrypoints), Object.keys(manifest.exports))
    // That is all of the profile esm-only: older ways to resolve, and require(), are not offered.
    const ignored = ['node10', 'node16-cjs']
    t.strictSame(
      result.problems.filter(problem => !('resolutionKind' in problem && ignored.includes(problem.resolutionKind))),
      []
    )
  })

  t.test('it works in an empty project', async t => {
    const project = install(t, tarball)
    await t.test('under a strict compiler, and in Node', t => tryFaces(t, project))
    await t.test('by its command', t => tryCommand(t, project))
  })
})

async function tryFaces(t: Test, project: string) {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    module: 'nodenext',
    target: 'es2023',
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')]
  }
  const names = faces.map(face => face.replaceAll(/\W/g, '') || 'index')
  for (const [index, face] of faces.entries())
    writeFileSync(join(project, `${names[index]}.ts`), programs[face] ?? anyFace(specifierOf(face)))
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: names.map(name => `${name}.ts`) })
  )
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' })
  t.equal(status, 0, stdout)
  for (const name of names) t.doesNotThrow(() => execFileSync(process.execPath, [`${name}.js`], { cwd: project }), name)
}

async function tryCommand(t: Test, project: string) {
  const run = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: project, encoding: 'utf8' })
  const program = 'node_modules/.bin/sallyport'
  t.equal(run('npx', '--offline', 'sallyport', '--version'), `${manifest.version}\n`)
  t.strictSame(JSON.parse(run(program, 'openapi')), JSON.parse(readFileSync(join(root, 'docs/openapi.json'), 'utf8')))

  const env = { ...process.env, PORT: '0', BCRYPT_COST: '4', DRAIN_DELAY: '0', LOG_LEVEL: 'silent' }
  const server = spawn(program, ['serve'], {
    cwd: project,
    env,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const exit = once(server, 'exit')
  t.teardown(() => server.kill('SIGKILL'))
  const [banner] = await once(server.stdout.setEncoding('utf8'), 'data')
  const [, url] = /listens on (\S+)/.exec(banner) ?? []
  const account = { username: 'alice', password: 'correct horse battery staple' }
  const registered = await fetch(`${url}/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account)
  })
  t.equal(registered.status, 201)
  const body = new URLSearchParams({ grant_type: 'password', ...account })
  t.match(await (await fetch(`${url}/token`, { method: 'POST', body })).json(), { token_type: 'Bearer', scope: 'me' })
  server.kill('SIGTERM')
  t.strictSame(await exit, [0, null])
}
