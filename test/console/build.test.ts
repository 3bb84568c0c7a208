import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import Fastify from 'fastify'
import { test } from 'tap'
import sallyport from '../../src/index.ts'
import { createApp } from '../support/app.ts'

// The console that `npm test` has built.
const built = new URL('../../dist/console/', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, built))
const page = String(read('index.html'))
const files = readdirSync(new URL('assets', built))
const assets = files.filter(name => !/\.(br|gz)$/.test(name))
const named = Array.from(page.matchAll(/"\/console\/(assets\/[^"]+)"/g), ([, path]) => String(path))

/** What a browser loads for these assets: the assets and what they import. */
function loaded(names: string[], found = new Set<string>()) {
  for (const name of names.filter(name => !found.has(name))) {
    found.add(name)
    const imports = String(read(`assets/${name}`)).matchAll(/(?:from|import)"\.\/([\w.-]+)"/g)
    loaded(
      Array.from(imports, ([, path]) => String(path)),
      found
    )
  }
  return [...found]
}

test('Any page in any language loads in 60 kB', async t => {
  const first = named.map(path => path.slice('assets/'.length))
  const later = assets.filter(name => !first.includes(name) && !name.startsWith('chunk-'))
  const [texts, pages] = [/^(de|en)-/, /^(?!de|en)/].map(kind => later.filter(name => kind.test(name)))
  t.match([texts?.length, pages?.length], [2, 8])
  for (const language of texts as string[])
    for (const page of pages as string[]) {
      const names = loaded([...first, language, page])
      const bytes = names.reduce((sum, name) => sum + read(`assets/${name}.br`).length, read('index.html').length)
      t.ok(bytes < 60_000, `${language} ${page}: ${bytes} bytes`)
    }
})

test('Every asset has its compressed forms, and nothing else is there', async t => {
  t.strictSame(files, assets.flatMap(name => [name, `${name}.br`, `${name}.gz`]).sort())
  for (const name of assets) {
    const asset = read(`assets/${name}`)
    t.ok(asset.equals(brotliDecompressSync(read(`assets/${name}.br`))), `${name}.br`)
    t.ok(asset.equals(gunzipSync(read(`assets/${name}.gz`))), `${name}.gz`)
  }
})

test('The page names only assets that exist, and they only each other', async t => {
  t.match(named, [/^assets\/style-\w+\.css$/, /^assets\/main-\w+\.js$/])
  for (const path of named) t.ok(existsSync(new URL(path, built)), path)
  for (const name of assets)
    for (const [, chunk] of String(read(`assets/${name}`)).matchAll(/["'(]\.\/([\w.-]+\.(?:js|css))["')]/g))
      t.ok(assets.includes(String(chunk)), `${name}: ${chunk}`)
})

/** XML namespaces, and the example in an error message. */
const harmless = new Set(['http://www.w3.org', 'https://auth.example.com.'])

test('Nothing names another host', async t => {
  for (const path of ['index.html', ...assets.map(name => `assets/${name}`)]) {
    const urls = String(read(path)).match(/(https?:|wss?:|["'(])\/\/[\w.-]+/g) ?? []
    t.strictSame(
      urls.filter(url => !harmless.has(url)),
      [],
      path
    )
  }
})

test('The licenses of the packages in it are passed on', async t => {
  const licenses = String(read('licenses.txt'))
  for (const name of ['preact', 'wouter-preact', '@preact/signals'])
    t.match(licenses, new RegExp(`^${name} [\\d.]+ \\(\\w+\\)$`, 'm'), name)
})

test('A server serves it, also within an app that mounts it', async t => {
  const { app } = await createApp(t)
  const host = Fastify()
  t.teardown(() => host.close())
  await host.register(sallyport, {
    prefix: '/auth',
    issuer: 'https://example.com/auth',
    databaseUrl: 'sqlite::memory:',
    secret: 'a secret of the tests, 32 bytes or more',
    console: 'on'
  })
  for (const [server, prefix, site] of [
    [app, '', 'auth.example.com'],
    [host, '/auth', 'example.com']
  ] as const) {
    const { body } = await server.inject(`${prefix}/console/accounts/1`)
    t.equal(body, page.replaceAll('"/console/', `"${prefix}/console/`).replaceAll('{{site}}', site))
    for (const path of named) t.equal((await server.inject(`${prefix}/console/${path}`)).statusCode, 200, path)
  }
})
