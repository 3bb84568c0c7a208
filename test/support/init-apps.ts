import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { compilerOptions as strict } from './installed-package.ts'

const root = join(import.meta.dirname, '../..')
// Without the code that tap loads into every process that Node.js starts.
const env = { ...process.env, NODE_OPTIONS: '' }
const compilerOptions = { ...strict, rootDir: '.', outDir: 'dist' }

/** The apps in which `init` runs, by their files, and where it puts the plugin and the test. */
const apps = {
  'ES modules in JavaScript': {
    manifest: { type: 'module' },
    folders: [],
    written: ['sallyport.js', 'sallyport.test.js']
  },
  'CommonJS in JavaScript': {
    manifest: {},
    folders: ['plugins'],
    written: ['plugins/sallyport.js', 'test/sallyport.test.js']
  },
  'ES modules in TypeScript': {
    manifest: { type: 'module' },
    folders: ['src/plugins', 'test/plugins'],
    tsconfig: { compilerOptions },
    written: ['src/plugins/sallyport.ts', 'test/plugins/sallyport.test.ts']
  },
  'CommonJS in TypeScript': {
    manifest: {},
    folders: ['src'],
    tsconfig: { compilerOptions },
    written: ['src/sallyport.ts', 'src/sallyport.test.ts']
  }
}

/** Runs `init` in each app, in the folder of a project with the package, which stays as it was. */
export async function tryInit(t: Test, project: string) {
  for (const [name, app] of Object.entries(apps)) await t.test(`in ${name}`, t => tryApp(t, project, app))
}

async function tryApp(
  t: Test,
  project: string,
  {
    manifest,
    folders,
    tsconfig,
    written
  }: { manifest: object; folders: string[]; tsconfig?: object; written: string[] }
) {
  const path = join(project, 'package.json')
  const before = readFileSync(path)
  const manifestOf = { ...manifest, dependencies: { fastify: '^5.12.8', sallyport: '*' } }
  writeFileSync(path, JSON.stringify(manifestOf))
  for (const folder of folders) mkdirSync(join(project, folder), { recursive: true })
  if (tsconfig) writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(tsconfig))
  t.teardown(() => {
    writeFileSync(path, before)
    for (const name of ['src', 'test', 'plugins', 'dist', 'data', 'main.js', 'tsconfig.json', ...written])
      rmSync(join(project, name), { recursive: true, force: true })
  })
  const run = (file: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], {
      cwd: project,
      env,
      encoding: 'utf8'
    })
    t.equal(status, 0, `${stdout}${stderr}`)
    return stdout
  }
  const program = join(project, 'node_modules/sallyport/bin/sallyport.cjs')
  const out = run(program, 'init', '--issuer', 'https://example.com/api/auth')
  t.match(out, `Wrote ${written.join(', and its test ')}.\n`)

  // The printed lines, in an app with a route.
  const [, lines = ''] = /(?:your routes|after it):\n((?: .*\n)+)/.exec(out) ?? []
  const routes = "app.get('/private', { onRequest: app.authenticate('me') }, async () => 'never')"
  const [plugin = '', its = ''] = written
  const main = join(dirname(plugin).replace(/(^|\/)plugins$/, '$1'), plugin.endsWith('.ts') ? 'main.ts' : 'main.js')
  writeFileSync(
    join(project, main),
    `${lines.includes('import') ? "import Fastify from 'fastify'" : "const Fastify = require('fastify')"}
const app = Fastify()
${lines.includes('your routes') ? lines.replace('/* your routes */', routes) : `${lines}\n${routes}`}
app.inject('/private').then(async answer => {
  console.log(answer.statusCode, (await app.inject('/api/auth/readyz')).statusCode)
  await app.close()
})
`
  )
  if (tsconfig) run(join(root, 'node_modules/typescript/bin/tsc'), '-p', '.')
  const compiled = (name: string) => (tsconfig ? `dist/${name.replace('.ts', '.js')}` : name)
  t.match(run('--test', compiled(its)), /^(#|ℹ) pass 1\n\1 fail 0$/m)
  t.equal(run(compiled(main)), '401 200\n')
}
