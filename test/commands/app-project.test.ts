import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { findFastifyProject, pluginText, registration, testText } from '../../src/commands/app-project.ts'

const dependencies = { fastify: '^5.0.0' }
type Files = Record<string, string | object>
const project = (t: Test, files: Files, manifest: object = {}) =>
  findFastifyProject(t.testdir({ 'package.json': JSON.stringify({ dependencies, ...manifest }), ...files } as never))
const issuer = 'https://example.com/auth'

test('only a package.json that depends on Fastify makes an app of a folder', async t => {
  for (const text of ['', '{', 'null', '{}', '{"dependencies":null}', '{"devDependencies":{"fastify":"5"}}'])
    t.equal(findFastifyProject(t.testdir({ 'package.json': text })), undefined, text)
  t.equal(findFastifyProject(t.testdir({})), undefined)
  const root = join(import.meta.dirname, '../..')
  t.match(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')), { dependencies: { fastify: /./ } })
  t.equal(findFastifyProject(root), undefined, 'a clone of this repository is not such an app')
})

test('the plugin and its test are where the app has its own', async t => {
  const autoload = { dependencies: { ...dependencies, '@fastify/autoload': '^6.0.0' } }
  for (const [files, manifest, expected] of [
    [{}, {}, ['sallyport.js', 'sallyport.test.js', false]],
    [{ src: 'a file' }, {}, ['sallyport.js', 'sallyport.test.js', false]],
    [{ src: {} }, { devDependencies: { typescript: '~5.9.0' } }, ['src/sallyport.js', 'src/sallyport.test.js', false]],
    [{ src: {}, 'tsconfig.json': '{}' }, {}, ['src/sallyport.ts', 'src/sallyport.test.ts', false]],
    [{ src: {}, test: {} }, autoload, ['src/sallyport.js', 'test/sallyport.test.js', false]],
    [{ plugins: {} }, autoload, ['plugins/sallyport.js', 'test/sallyport.test.js', true]],
    [{ plugins: {} }, {}, ['plugins/sallyport.js', 'test/sallyport.test.js', false]],
    [
      { src: { plugins: {} }, test: { plugins: {} } },
      autoload,
      ['src/plugins/sallyport.js', 'test/plugins/sallyport.test.js', true]
    ]
  ] as const) {
    const { plugin, test, isAutoloaded } = project(t, files, manifest) ?? {}
    t.strictSame([plugin, test, isAutoloaded], expected)
  }
})

test('an import has the extension that the project wants', async t => {
  const typescript = { 'tsconfig.json': '{}' }
  const module = { type: 'module' }
  for (const [files, manifest, from] of [
    [{}, {}, "require('../plugins/sallyport.js')"],
    [{}, module, "from '../plugins/sallyport.js'"],
    [typescript, {}, "from '../plugins/sallyport'"],
    [typescript, module, "from '../plugins/sallyport.js'"],
    [{ 'tsconfig.json': '{ "compilerOptions": { "allowImportingTsExtensions": true } }' }, module, "/sallyport.ts'"]
  ] as const) {
    const found = project(t, { plugins: {}, ...files }, manifest)
    t.match(found && testText(found, issuer), from)
    t.match(found && registration(found).join('\n'), from.replace('../', './'))
  }
})

test('a plugin in CommonJS loads sallyport, an ES module, when it runs', async t => {
  const typescript = { 'tsconfig.json': '{}' }
  const module = { type: 'module' }
  for (const [files, manifest, begins, ends] of [
    [{}, {}, /^'use strict'\n[\s\S]*await import\('sallyport'\)/, 'module.exports = '],
    [
      typescript,
      {},
      /^import type .*\nimport type .* from 'sallyport' with [\s\S]*await import\('sallyport'\)/,
      'export default '
    ],
    [{}, module, /^import sallyport from 'sallyport'\n/, 'export default '],
    [typescript, module, /^import type .*\nimport sallyport, .* from 'sallyport'\n/, 'export default ']
  ] as const) {
    const found = project(t, files, manifest)
    const text = found ? pluginText(found, issuer) : ''
    t.match(text, begins)
    t.match(text, `\n${ends}Object.assign(`)
  }
})
