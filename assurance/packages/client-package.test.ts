import { join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import t from 'tap'
import ts from 'typescript'

const root = join(import.meta.dirname, '..', '..')
const entry = join(root, 'src', 'client.ts')

t.test('the client is less than 9 kB, minified and gzipped, without dependencies', async t => {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: 'esm',
    // Nothing of Node.js can be resolved there.
    platform: 'browser',
    write: false,
    metafile: true
  })
  const [{ contents }] = outputFiles as [(typeof outputFiles)[number]]
  const { length } = gzipSync(contents, { level: 9 })
  t.comment(`${length} bytes`)
  t.ok(length < 9000)
  t.strictSame(
    Object.keys(metafile.inputs).filter(file => !/^src\/client(\.ts$|\/)/.test(file)),
    []
  )
})

const platforms = [
  { name: 'Node without DOM', lib: ['lib.es2023.d.ts'], types: ['node'], options: '{ url, fetch, storage }' },
  {
    name: 'a browser without Node',
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
    options: '{ url, fetch, storage: webStorage(localStorage) }'
  }
]

for (const { name, lib, types, options } of platforms) {
  t.test(`the types are correct in ${name}, and need nothing else from the package`, async t => {
    const folder = t.testdirName
    t.testdir({
      'consumer.ts': `
        import { type Client, createClient, getPasskey, type IdTokenCredentials, OAuthError, type PasskeySignals, type SecondFactor, signalPasskeys, stepUpAsked } from '${relative(folder, entry)}'
        import { type TokenStorage, webStorage } from '${relative(folder, entry)}'
        const url = 'https://auth.example.com'
        const storage: TokenStorage = { get: async key => key, set: () => {}, remove: () => {} }
        const client: Client = createClient(${options})
        const dropIn: typeof fetch = client.fetch
        const answer: Response = await dropIn(new URL('/users/me', url), { method: 'GET' })
        const who: { username: string; scope: string } | undefined = await client.signedIn()
        client.onChange(who => who?.username.toUpperCase())()
        const wait = (error: unknown): number | undefined => (error instanceof OAuthError ? error.retryAfter : 0)
        const secondFactor: SecondFactor = async ({ factors, passkey, refused }) => {
          if (refused?.retryAfter) return undefined
          return passkey ? { passkey: await getPasskey(passkey) } : { otp: factors.join() }
        }
        await client.signIn({ username: 'alice', password: 'a password', secondFactor })
        await client.signIn({ passkey: getPasskey })
        const offered: typeof who = await client.autofill({ signal: new AbortController().signal })
        const signalled: Promise<void> = signalPasskeys({} as PasskeySignals)
        await client.signIn({ username: 'alice', emailCode: ({ refused }) => refused?.description, secondFactor })
        const given: IdTokenCredentials = { idToken: 'a token', nonce: undefined, secondFactor }
        await client.signIn(given)
        await client.stepUp({ ...stepUpAsked(answer), secondFactor })
        const session = (error: OAuthError): string | undefined => error.challenge?.authSession
        // @ts-expect-error an answer shows one thing
        const nothing: SecondFactor = () => ({})
        // @ts-expect-error a login has a password, a passkey, an ID token or a mailed code
        await client.signIn({ username: 'alice' })
        // @ts-expect-error a URL has to be given
        createClient({})
        export { answer, nothing, offered, session, signalled, storage, wait, webStorage, who }
      `
    })
    const consumer = join(folder, 'consumer.ts')
    const written = new Map<string, string>()
    const program = ts.createProgram([consumer], {
      ...buildOptions(),
      lib,
      types,
      typeRoots: [join(root, 'node_modules', '@types')],
      rootDir: root,
      skipDefaultLibCheck: true
    })
    const { diagnostics } = program.emit(undefined, (file, text) => written.set(file, text), undefined, true)
    const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics]
    t.strictSame(
      problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
      []
    )
    const own = program.getSourceFiles().map(({ fileName }) => fileName)
    t.strictSame(
      own.filter(file => !/\/node_modules\/|\/src\/client(\.ts$|\/)/.test(file)),
      [consumer]
    )
    for (const [file, text] of written)
      t.notMatch(text, /reference types|import\(/, `${relative(root, file)} names no other package`)
  })
}

/** The compiler options of `npm run build`. */
function buildOptions(): ts.CompilerOptions {
  const path = join(root, 'tsconfig.build.json')
  const { config } = ts.readConfigFile(path, file => ts.sys.readFile(file))
  return ts.parseJsonConfigFileContent({ ...config, include: [], files: [entry] }, ts.sys, root).options
}
