import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Client, createClient, type TokenStorage } from '@sallyport/client'
import t, { type Test } from 'tap'
import ts from 'typescript'
import { createUser, createVerifiedUser, password } from '../../test/support/app.ts'
import { codeIn } from '../../test/support/email-codes.ts'
import { deliverAll, startMailServer } from '../../test/support/mail-server.ts'
import { startServer } from '../../test/support/server.ts'

const root = join(import.meta.dirname, '../..')
const example = (name: string) => readFileSync(join(root, 'examples/expo', name), 'utf8')

/** The functions of expo-secure-store over a map, with its rules for keys and its limit for values. */
const store = `
export const values = new Map()
function check(key) {
  if (!/^[\\w.-]+$/.test(key)) throw new Error('Invalid key provided to SecureStore.')
}
export async function getItemAsync(key) {
  check(key)
  return values.get(key) ?? null
}
export async function setItemAsync(key, value) {
  check(key)
  if (Buffer.byteLength(value) > 2048) throw new Error('The value is too large.')
  values.set(key, value)
}
export async function deleteItemAsync(key) {
  check(key)
  values.delete(key)
}
`

/** The functions of expo-crypto. */
const crypto = `
import { webcrypto } from 'node:crypto'
export const getRandomValues = array => webcrypto.getRandomValues(array)
export const digest = (algorithm, data) => webcrypto.subtle.digest(algorithm, data)
`

/** The modules of the example as Node.js resolves them, with those functions, for the server at `url`. */
async function load(t: Test, url: string) {
  const folder = t.testdir({ 'store.js': store, 'crypto.js': crypto })
  const client = JSON.stringify(join(root, 'packages/client/src/index.ts'))
  for (const name of ['session', 'secure-storage']) {
    const code = example(`${name}.ts`)
      .replace("'@sallyport/client'", client)
      .replace("'expo-crypto'", "'./crypto.js'")
      .replace("'expo-secure-store'", "'./store.js'")
      .replace("'./secure-storage'", "'./secure-storage.js'")
      .replace('http://127.0.0.1:3000', url)
    const { outputText } = ts.transpileModule(code, { compilerOptions: { target: ts.ScriptTarget.ES2022 } })
    writeFileSync(join(folder, `${name}.js`), outputText)
  }
  const { session } = (await import(join(folder, 'session.js'))) as { session: Client }
  const { secureStorage } = (await import(join(folder, 'secure-storage.js'))) as {
    secureStorage: (store: object) => TokenStorage
  }
  const secureStore = (await import(join(folder, 'store.js'))) as { values: Map<string, string> }
  return { session, storage: secureStorage(secureStore), values: secureStore.values }
}

t.test('The app keeps its login in the store, and signs out, without AbortSignal.timeout', async t => {
  const native = AbortSignal.timeout
  t.teardown(() => {
    AbortSignal.timeout = native
  })
  Object.assign(AbortSignal, { timeout: undefined })
  const api = 'https://api.example.com'
  const { app, url } = await startServer(t, { resources: [`${api} me`] })
  await createUser(app)
  const { session, storage, values } = await load(t, url)
  t.type(AbortSignal.timeout, 'function')
  t.equal(await session.signedIn(), undefined)
  await session.signIn({ username: 'alice', password })
  t.equal(values.size, 1)

  const restarted = createClient({ url, storage })
  t.match(await restarted.signedIn(), { username: 'alice' })
  t.match(await (await restarted.fetch(`${url}/users/me`)).json(), { username: 'alice' })
  t.ok(await restarted.tokenFor(api), 'a login with the token of one API fits')

  t.equal(await restarted.signOut(), true)
  t.equal(values.size, 0)
  t.equal(await session.signedIn(), undefined)
})

t.test('The app signs in with a code in the mail, where the platform cannot hash', async t => {
  const { url: smtpUrl, messages } = await startMailServer(t)
  const { app, url } = await startServer(t, { smtpUrl, emailCodes: 'on' })
  await createVerifiedUser(app)
  await deliverAll(app)
  t.intercept(globalThis as { crypto?: unknown }, 'crypto', { value: undefined, writable: true })
  const { session, values } = await load(t, url)
  const emailCode = async () => {
    await deliverAll(app)
    return codeIn(messages.at(-1))
  }
  t.match(await session.signIn({ username: 'alice', emailCode }), { username: 'alice' })
  t.equal(values.size, 1)
  t.equal((await session.fetch(`${url}/users/me`)).status, 200)
})

const stubs = `
declare module 'react' {
  export function useState<T>(initial: T): [T, (value: T) => void]
  export function useState<T>(): [T | undefined, (value: T | undefined) => void]
  export function useEffect(effect: () => void | (() => void), dependencies: unknown[]): void
}
declare module 'react/jsx-runtime' {
  export namespace JSX {
    type Element = object
    type ElementType = (props: never) => Element
    interface ElementChildrenAttribute {
      children: unknown
    }
  }
  export const jsx: unknown
  export const jsxs: unknown
  export const Fragment: unknown
}
declare module 'react-native' {
  type Component<Props> = (props: Props) => object
  export const View: Component<{ style?: object; children?: unknown }>
  export const Text: Component<{ children?: unknown }>
  export const Button: Component<{ title: string; onPress: () => void }>
  export const TextInput: Component<{
    placeholder?: string
    value?: string
    onChangeText?: (text: string) => void
    secureTextEntry?: boolean
    autoCapitalize?: 'none' | 'sentences' | 'words' | 'characters'
    autoComplete?: 'username' | 'current-password' | 'one-time-code'
    textContentType?: 'oneTimeCode'
    inputMode?: 'numeric'
  }>
}
declare module 'expo-crypto' {
  export function getRandomValues<T extends Uint8Array>(array: T): T
  export function digest(algorithm: string, data: BufferSource): Promise<ArrayBuffer>
}
declare module 'expo-secure-store' {
  export function getItemAsync(key: string, options?: object): Promise<string | null>
  export function setItemAsync(key: string, value: string, options?: object): Promise<void>
  export function deleteItemAsync(key: string, options?: object): Promise<void>
}
`

t.test('The app compiles under strict settings', async t => {
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022', 'dom', 'dom.iterable'],
    module: 'esnext',
    moduleResolution: 'bundler',
    jsx: 'react-jsx',
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    paths: { '@sallyport/client': [join(root, 'packages/client/src/index.ts')] },
    allowImportingTsExtensions: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true
  }
  const names = ['App.tsx', 'session.ts', 'secure-storage.ts']
  const folder = t.testdir({
    ...Object.fromEntries(names.map(name => [name, example(name)])),
    'stubs.d.ts': stubs,
    'tsconfig.json': JSON.stringify({ compilerOptions, files: [...names, 'stubs.d.ts'] })
  })
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })
  t.equal(stdout, '')
})
