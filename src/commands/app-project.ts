import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { pathOf } from '../config/addresses.ts'

/** How an app on Fastify is written. */
export interface FastifyProject {
  isTypescript: boolean
  /** Whether `.js` and `.ts` files are ES modules. */
  isModule: boolean
  /** The extension in an import of a file of the project; CommonJS in TypeScript has none. */
  extension: '.js' | '.ts' | ''
  /** Whether `@fastify/autoload` registers the files in the folder of the plugin. */
  isAutoloaded: boolean
  /** The paths of the plugin and of its test, with slashes. */
  plugin: string
  test: string
}

/** The app whose package.json is in `folder` and depends on Fastify; `undefined` when there is none. */
export function findFastifyProject(folder: string): FastifyProject | undefined {
  const { name, type, ...manifest } = readManifest(folder)
  const dependencies = Object(manifest.dependencies)
  // A clone of this repository, and its container, depend on Fastify too.
  if (!('fastify' in dependencies) || name === 'sallyport') return undefined
  const has = (path: string) => existsSync(`${join(folder, path)}/`)
  const compiler = read(join(folder, 'tsconfig.json'))
  // Apps in JavaScript have the package typescript too, for their editor.
  const isTypescript = compiler !== undefined
  const isModule = type === 'module'
  const isBare = isTypescript && !isModule
  const plugins = ['src/plugins', 'plugins'].find(has)
  const source = plugins ?? ['src'].find(has) ?? '.'
  // Beside a plugin, autoload would take the test for another one.
  const tests = ['test/plugins', 'test'].find(has) ?? (plugins ? 'test' : source)
  return {
    isTypescript,
    isModule,
    extension: /"(allowImporting|rewriteRelativeImport)/.test(compiler ?? '') ? '.ts' : isBare ? '' : '.js',
    isAutoloaded: plugins !== undefined && '@fastify/autoload' in dependencies,
    plugin: posix.join(source, `sallyport.${isTypescript ? 'ts' : 'js'}`),
    test: posix.join(tests, `sallyport.test.${isTypescript ? 'ts' : 'js'}`)
  }
}

/** The text of the plugin. The path of `issuer` is its prefix. */
export function pluginText({ isTypescript, isModule }: FastifyProject, issuer: string): string {
  const prefix = pathOf(issuer)
  const head = isTypescript
    ? isModule
      ? `import type { FastifyInstance } from 'fastify'
import sallyport, { type SallyportOptions } from 'sallyport'`
      : `import type { FastifyInstance } from 'fastify'
import type { SallyportOptions } from 'sallyport' with { 'resolution-mode': 'import' }`
    : isModule
      ? "import sallyport from 'sallyport'"
      : "'use strict'"
  const parameters = isTypescript ? 'app: FastifyInstance, options: { sallyport?: SallyportOptions }' : 'app, options'
  return `${head}

/** Logins below ${prefix}, and app.authenticate for the routes. Tests pass further options as \`sallyport\`. */
async function auth(${parameters}) {${isModule ? '' : "\n  const { default: sallyport } = await import('sallyport')"}
  await app.register(sallyport, {
    prefix: '${prefix}',
    issuer: '${issuer}',
    ...options.sallyport
  })
}

// As with fastify-plugin, the whole app gets app.authenticate.
${isTypescript || isModule ? 'export default' : 'module.exports ='} Object.assign(auth, { [Symbol.for('skip-override')]: true })
`
}

/** The text of the test: a route accepts the token of a login, and no request without one. */
export function testText(project: FastifyProject, issuer: string): string {
  const from = importOf(project, posix.dirname(project.test))
  const head =
    project.isTypescript || project.isModule
      ? `import assert from 'node:assert/strict'
import { test } from 'node:test'
import Fastify from 'fastify'
import auth from '${from}'`
      : `'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const Fastify = require('fastify')
const auth = require('${from}')`
  return `${head}

test('a route needs the token of a login', async t => {
  const app = Fastify()
  t.after(() => app.close())
  await app.register(auth, { sallyport: { databaseUrl: 'sqlite::memory:', bcryptCost: 4 } })
  app.get('/private', { onRequest: app.authenticate('me') }, async request => request.auth.user?.username)

  const alice = { username: 'alice', password: 'correct horse battery staple' }
  await app.sallyport.createUser(alice)
  const login = await app.inject({
    method: 'POST',
    url: '${pathOf(issuer)}/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ grant_type: 'password', ...alice }).toString()
  })
  const headers = { authorization: \`Bearer \${login.json().access_token}\` }
  assert.equal((await app.inject({ url: '/private', headers })).body, 'alice')
  assert.equal((await app.inject({ url: '/private' })).statusCode, 401)
})
`
}

/** The lines that register the plugin in a file of the folder that holds the sources. */
export function registration(project: FastifyProject): string[] {
  const from = importOf(project, posix.dirname(project.plugin).replace(/(^|\/)plugins$/, '') || '.')
  if (project.isModule) return [`import auth from '${from}'`, 'await app.register(auth)']
  const routes = 'app.register(async app => { /* your routes */ })'
  return project.isTypescript
    ? [`import auth from '${from}'`, 'app.register(auth)', routes]
    : [`app.register(require('${from}'))`, routes]
}

/** The plugin as a file in `folder` imports it. */
function importOf({ plugin, extension }: FastifyProject, folder: string): string {
  const path = posix.relative(folder, plugin).replace(/\.\w+$/, extension)
  return path.startsWith('.') ? path : `./${path}`
}

interface Manifest {
  name?: string
  type?: string
  dependencies?: unknown
}

function readManifest(folder: string): Manifest {
  try {
    return JSON.parse(read(join(folder, 'package.json')) ?? '{}') ?? {}
  } catch {
    return {}
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
