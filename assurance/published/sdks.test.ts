import { execFile } from 'node:child_process'
import { cpSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { basic, createUser, logIn } from '../../test/support/app.ts'
import { startWithFactor } from '../../test/support/enrolled.ts'
import { startMailServer } from '../../test/support/mail-server.ts'
import { startServer } from '../../test/support/server.ts'

/** Runs a tool, without the code that tap loads into every Node.js process. */
const run = (file: string, args: string[], cwd: string, env = {}) =>
  promisify(execFile)(file, args, { cwd, env: { ...process.env, NODE_OPTIONS: '', ...env } })

const tools = fileURLToPath(new URL('../../tools/published/node_modules', import.meta.url))
const compiler = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url))

const page = readFileSync(new URL('../../docs/sdks.md', import.meta.url), 'utf8')
const [, settings = ''] = /^```json\n(.*?)^```$/ms.exec(page) ?? []

const sections = page.split('\n## ')

/** The commands of a section, without those that install packages. */
const commandsOf = (section = '') =>
  [...section.matchAll(/^```sh\n(.*?)^```$/gms)]
    .map(([, block = '']) => block.replace(/^npm install .*\n/gm, ''))
    .join('')

/** A section of docs/sdks.md: the commands that generate the SDK, and its programs. */
function partOf(heading: string) {
  const part = sections.find(part => part.startsWith(`${heading}\n`))
  const command = commandsOf(part)
  const programs = [...(part ?? '').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, program = '']) => program)
  const [program = '', factorProgram = '', administration = ''] = programs
  return { command, program, factorProgram, administration }
}

// Compiled at the end of each program, where its variables are known. Two types are equal here only when each can
// replace the other everywhere, which `any` and `unknown` cannot.
const claims = (sdk: string) => `
import type * as Sdk from '${sdk}'
type Is<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <_Claim extends true>() => {}
`

const assertions = (sdk: string) => `${claims(sdk)}
holds<Is<typeof tokens, Sdk.TokenResponse>>()
holds<Is<typeof me.data, Sdk.User | undefined>>()
holds<Is<typeof refused.error, Sdk.Problem | undefined>>()
holds<Is<typeof ended.error, Sdk.OAuthError | Sdk.AuthorizationRequired | undefined>>()
// @ts-expect-error: any is no user
holds<Is<any, Sdk.User | undefined>>()
// @ts-expect-error: there is no such error
ended.error?.error === 'invalid_password'
// @ts-expect-error: there is no such grant
;({ grant_type: 'refresh-token' }) satisfies Sdk.TokenRequest
`

/** The end of each program of an administrator. */
const administrationAssertions = (sdk: string) => `${claims(sdk)}
holds<Is<typeof changed.data, Sdk.User | undefined>>()
holds<Is<typeof late.error, Sdk.Problem | undefined>>()
holds<Is<NonNullable<typeof changed.data>['claims'], Record<string, unknown>>>()
holds<Is<Sdk.ProfileChange['data'], Record<string, unknown> | null | undefined>>()
// @ts-expect-error: claims are an object
;({ claims: ['editor'] }) satisfies Sdk.AccountChange
`

t.test('The SDKs of docs/sdks.md work and are strictly typed, including errors', async t => {
  const fetching = partOf('openapi-typescript and openapi-fetch')
  const functions = partOf('@hey-api/openapi-ts')
  const folder = t.testdir({
    'tsconfig.json': settings,
    'fetching.ts': fetching.program + assertions('./sallyport.js'),
    'functions.ts': functions.program + assertions('./sallyport/index.js'),
    'fetching-factor.ts': `${fetching.factorProgram}${claims('./sallyport.js')}
      holds<Is<Sdk.operations['createToken']['responses'][403]['content']['application/json'], Sdk.AuthorizationRequired>>()
    `,
    'functions-factor.ts': `${functions.factorProgram}${claims('./sallyport/index.js')}
      holds<Is<Sdk.CreateTokenErrors[403], Sdk.AuthorizationRequired>>()
    `,
    'fetching-administration.ts': fetching.administration + administrationAssertions('./sallyport.js'),
    'functions-administration.ts': functions.administration + administrationAssertions('./sallyport/index.js')
  })

  await t.test('The commands on the page make a project of an empty folder', async t => {
    const empty = t.testdir({})
    await run('sh', ['-ec', commandsOf(sections[0])], empty)
    const { type } = JSON.parse(readFileSync(join(empty, 'package.json'), 'utf8'))
    t.equal(type, 'module')
    cpSync(join(empty, 'package.json'), join(folder, 'package.json'))
    // npx looks for its programs beside it.
    symlinkSync(tools, join(folder, 'node_modules'))
  })

  await t.test('The commands on the page generate them', async t => {
    const { url } = await startServer(t, { docs: 'on' })
    const commands = [fetching, functions].map(({ command }) => command.replace('http://127.0.0.1:3000', url))
    await Promise.all(commands.map(command => run('sh', ['-ec', command], folder)))
  })

  await t.test('The programs on the page compile', async t => {
    const { stdout } = await run(compiler, [], folder).catch(error => error)
    t.equal(stdout, '')
  })

  for (const program of ['fetching', 'functions']) {
    await t.test(`${program}: logs in, reads, changes, refreshes, logs out, and is refused`, async t => {
      const { app, url } = await startServer(t)
      await createUser(app)
      const { stdout } = await run(process.execPath, [`built/${program}.js`], folder, { SALLYPORT: url })
      t.equal(stdout, 'alice null\nAlice Liddell\n400 /email\nlogged out\nUnauthorized\n')
    })

    await t.test(
      `${program}: reads the 403 of an account with a second factor as its type, and logs it in with otp`,
      async t => {
        const { url, factor } = await startWithFactor(t)
        const running = run(process.execPath, [`built/${program}-factor.js`], folder, { SALLYPORT: url })
        running.child.stdin?.end(`${factor.code()}\n`)
        const { stdout } = await running
        t.equal(stdout, 'otp or recovery_code\nThe code of the authenticator app: me\n')
      }
    )

    await t.test(`${program}: invites an account, and changes its claims unless it has changed since`, async t => {
      const { url: smtpUrl } = await startMailServer(t)
      const { app, url } = await startServer(t, { smtpUrl })
      await createUser(app, 'root', ['users:read', 'users:write'])
      const { access_token: TOKEN } = await logIn(app, { username: 'root', scope: 'users:read users:write' })
      const { stdout } = await run(process.execPath, [`built/${program}-administration.js`], folder, {
        SALLYPORT: url,
        TOKEN
      })
      t.equal(stdout, "{ roles: [ 'editor' ], tenant: 'acme' }\n412\n")
      t.match(await app.db.users.byUsername('bob'), { invitedAt: Date })
    })
  }
})

/** A request as Bruno or Postman keeps it, or a folder of them. */
interface Item<Request> {
  name: string
  items?: Item<Request>[]
  item?: Item<Request>[]
  request: Request
}
type Pair<Key extends string> = Record<Key | 'value', string>
interface BrunoRequest {
  url: string
  auth: { oauth2?: Record<string, unknown> | null }
  body: { mode: string; json: string; formUrlEncoded: Pair<'name'>[] }
}
interface PostmanRequest {
  url: { path: string[] }
  auth: { oauth2?: Pair<'key'>[] }
  body?: { mode: string; raw: string; urlencoded?: Pair<'key'>[] }
}

/** The request with this name, from any folder. */
function find<Request>(items: Item<Request>[], name: string): Request {
  const all = (items: Item<Request>[]): Item<Request>[] =>
    items.flatMap(one => (one.items || one.item ? all(one.items ?? one.item ?? []) : [one]))
  return all(items).find(item => item.name === name)?.request as Request
}

const require = createRequire(join(tools, 'package.json'))

/**
 * Each imports a document into a program, and resolves to its request with a name: URL, body, and how to get a token.
 */
const importers = {
  async Bruno(document: object, name: string) {
    const { openApiToBruno } = await import(require.resolve('@usebruno/converters'))
    const { items, environments } = await openApiToBruno(document)
    const { url, body, auth } = find<BrunoRequest>(items, name)
    const form = body.formUrlEncoded.map(({ name, value }) => [name, value] as [string, string])
    return {
      url: url.replace('{{baseUrl}}', environments[0].variables[0].value),
      body: body.mode === 'json' ? body.json : new URLSearchParams(form),
      auth: auth.oauth2 ?? {}
    }
  },
  async Postman(document: object, name: string) {
    const { convertV2 } = require('openapi-to-postmanv2')
    const { output } = await promisify(convertV2)({ type: 'json', data: document }, { parametersResolution: 'Example' })
    const { item, variable } = output[0].data
    const { url, body, auth } = find<PostmanRequest>(item, name)
    const pairs = (list: Pair<'key'>[] = []) => list.map(({ key, value }) => [key, value] as [string, string])
    return {
      url: [variable[0].value, ...url.path].join('/'),
      body: body?.mode === 'raw' ? body.raw : new URLSearchParams(pairs(body?.urlencoded)),
      auth: Object.fromEntries(pairs(auth.oauth2))
    }
  }
}

/** With each importer: how a request gets a token, and the client that docs/sdks.md has people enter. */
const programs = [
  {
    program: 'Bruno',
    importInto: importers.Bruno,
    grant: { grantType: 'password', clientId: '{{oauth_client_id}}', clientSecret: '{{oauth_client_secret}}' },
    headers: basic('first-party', '')
  },
  {
    program: 'Postman',
    importInto: importers.Postman,
    grant: { grant_type: 'password_credentials', clientId: undefined },
    headers: basic('', '')
  }
]

for (const { program, importInto, grant, headers } of programs)
  t.test(`${program}: the imported requests create an account and log it in unchanged`, async t => {
    const { url } = await startServer(t, { docs: 'on' })
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as object
    for (const [name, status] of [
      ['Create an account', 201],
      ['Log in, refresh a login, or get a token for a client', 200]
    ] as const) {
      const request = await importInto(document, name)
      const headers = typeof request.body === 'string' ? { 'content-type': 'application/json' } : {}
      t.equal((await fetch(request.url, { method: 'POST', headers, body: request.body })).status, status, name)
    }

    const { auth, url: address } = await importInto(document, 'Get your account')
    t.match(auth, grant)
    const credentials = { username: 'alice', password: 'correct horse battery staple', scope: String(auth.scope) }
    const body = new URLSearchParams({ grant_type: 'password', ...credentials })
    const login = (await (await fetch(`${url}/token`, { method: 'POST', headers, body })).json()) as {
      access_token: string
    }
    const authorization = `Bearer ${login.access_token}`
    t.equal((await fetch(address, { headers: { authorization } })).status, 200, 'Get your account')
  })
