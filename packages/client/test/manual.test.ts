import { execFileSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { effectScope, type ShallowRef } from '@vue/reactivity'
import { build } from 'esbuild'
import { createElement, type FunctionComponent } from 'react'
import t from 'tap'
import { password } from '../../../test/support/app.ts'
import { codeBlocks } from '../../../test/support/readme-commands.ts'
import type { Client, Session } from '../src/index.ts'
import { createClientWorld } from './support/client-world.ts'
import { until } from './support/passkey-browser.ts'

const page = 'packages/client/README.md'
const [react = ''] = codeBlocks(page, 'tsx')
const [vue = '', expo = ''] = codeBlocks(page, 'ts')

/** The packages that the examples import. */
const alias = {
  '@sallyport/client/react': resolve('packages/client/src/react.ts'),
  '@sallyport/client': resolve('packages/client/src/index.ts'),
  vue: resolve('node_modules/@vue/reactivity')
}

t.test('The examples for React, Vue and Expo compile in strict TypeScript', async t => {
  const compilerOptions = {
    ...{ strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: true, types: ['react'] },
    ...{ target: 'es2023', lib: ['es2023', 'dom', 'dom.iterable'], module: 'preserve', jsx: 'react-jsx' },
    ...{ allowImportingTsExtensions: true, typeRoots: [resolve('node_modules/@types')] },
    paths: { ...Object.fromEntries(Object.entries(alias).map(([name, path]) => [name, [path]])) }
  }
  const cwd = t.testdir({
    'react.tsx': react,
    'vue.ts': vue,
    'expo.ts': expo.replace('./secure-storage', resolve('examples/expo/secure-storage.ts')),
    'stubs.d.ts': `declare module 'expo-secure-store' {
      export function getItemAsync(key: string): Promise<string | null>
      export function setItemAsync(key: string, value: string): Promise<void>
      export function deleteItemAsync(key: string): Promise<void>
    }`,
    'tsconfig.json': JSON.stringify({ compilerOptions })
  })
  t.equal(execFileSync(resolve('node_modules/.bin/tsc'), { cwd, encoding: 'utf8' }), '')
})

/** The exports of an example, which is run with our packages. */
async function run<T>(folder: string, contents: string): Promise<T> {
  const outfile = join(folder, 'example.mjs')
  const stdin = { contents, resolveDir: '.', loader: 'tsx' } as const
  const options = { bundle: true, platform: 'node', format: 'esm', jsx: 'automatic' } as const
  const external = ['react', 'react/*', '@vue/reactivity']
  await build({ ...options, stdin, alias: { ...alias, vue: '@vue/reactivity' }, external, outfile, logLevel: 'error' })
  return await import(pathToFileURL(outfile).href)
}

t.test('The component for React is rendered by a server', async t => {
  const { Account } = await run<{ Account: FunctionComponent }>(t.testdir({}), react)
  const { renderToString } = await import('react-dom/server' as string)
  t.equal(renderToString(createElement(Account)), '<p>One moment</p>')
})

t.test('The composable for Vue follows the session until its component is gone', async t => {
  const { useSession } = await run<{ useSession: (client: Client) => ShallowRef<Session> }>(t.testdir({}), vue)
  const client = (await createClientWorld(t)).open()
  const scope = effectScope()
  const session = scope.run(() => useSession(client)) as ShallowRef<Session>
  t.equal(session.value.isLoading, true)
  await client.signIn({ username: 'alice', password })
  await until(() => session.value.isSignedIn)
  t.equal(session.value.user?.username, 'alice')
  scope.stop()
  await client.signOut()
  await until(() => !client.current.isSignedIn)
  t.equal(session.value.isSignedIn, true)
})
