import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { createUser } from '../support/app.ts'
import { startWithFactor } from '../support/enrolled.ts'
import { startServer } from '../support/server.ts'

/** Runs a tool, without the code that tap loads into every Node.js process. */
const run = (file: string, args: string[], cwd: string, env = {}) =>
  promisify(execFile)(file, args, { cwd, env: { ...process.env, NODE_OPTIONS: '', ...env } })

const compiler = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url))

const page = readFileSync(new URL('../../docs/sdks.md', import.meta.url), 'utf8')
const [, settings = ''] = /^```json\n(.*?)^```$/ms.exec(page) ?? []

/**
 * A section of docs/sdks.md: the commands that generate the SDK, without those that install it, and its two programs.
 */
function partOf(heading: string) {
  const part = page.split('\n## ').find(part => part.startsWith(`${heading}\n`))
  const blocks = [...(part ?? '').matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block)
  const command = blocks.filter(block => !block.startsWith('npm install')).join('')
  const programs = [...(part ?? '').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, program = '']) => program)
  const [program = '', factorProgram = ''] = programs
  return { command, program, factorProgram }
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

t.test('the SDKs of docs/sdks.md work and are strictly typed, including errors', async t => {
  const fetching = partOf('openapi-typescript and openapi-fetch')
  const functions = partOf('@hey-api/openapi-ts')
  const folder = t.testdir({
    // npx looks for its programs beside it.
    'package.json': '{ "type": "module" }',
    node_modules: t.fixture('symlink', fileURLToPath(new URL('../../tools/published/node_modules', import.meta.url))),
    'tsconfig.json': settings,
    'fetching.ts': fetching.program + assertions('./sallyport.js'),
    'functions.ts': functions.program + assertions('./sallyport/index.js'),
    'fetching-factor.ts': `${fetching.factorProgram}${claims('./sallyport.js')}
      holds<Is<Sdk.operations['createToken']['responses'][403]['content']['application/json'], Sdk.AuthorizationRequired>>()
    `,
    'functions-factor.ts': `${functions.factorProgram}${claims('./sallyport/index.js')}
      holds<Is<Sdk.CreateTokenErrors[403], Sdk.AuthorizationRequired>>()
    `
  })

  await t.test('the commands on the page generate them', async t => {
    const { url } = await startServer(t)
    const commands = [fetching, functions].map(({ command }) => command.replace('http://127.0.0.1:3000', url))
    await Promise.all(commands.map(command => run('sh', ['-c', command], folder)))
  })

  await t.test('the programs on the page compile', async t => {
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
  }
})
