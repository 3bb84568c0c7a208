import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { FastifyInstance } from 'fastify'
import { decodeJwt } from 'jose'
import { type Test, test } from 'tap'
import { build } from '../../src/app.ts'
import { loadConfig } from '../../src/wiring/load-config.ts'
import { bearer, logIn } from '../../test/support/app.ts'
import { withService } from '../../test/support/cli.ts'
import { freePort } from '../../test/support/free-port.ts'
import { select } from '../../test/support/select.ts'
import { startListening } from '../support/listening.ts'
import {
  alice,
  bob,
  chapters,
  createTutorial,
  johndoe,
  python,
  skipTutorial as skip,
  users,
  type Version,
  versions,
  writePrograms,
  zoe
} from '../support/tutorial.ts'

const hashes = { sqlmodel: /^\$argon2id\$v=19\$m=65536,t=3,p=4\$/, security: /^\$2b\$12\$/ }

for (const version of versions) {
  test(`${version}: one command imports the users of the tutorial, and they log in with their passwords`, {
    skip
  }, async t => {
    const { env, contents, moveIn } = await createTutorial(t, version)
    const before = contents()
    const sentences = '4 account(s) created, 0 unchanged, 0 row(s) skipped.\n0 of 4 address(es) are verified, so '
    const first = await moveIn()
    t.match(first, { code: 0, err: '' })
    t.ok(first.out.startsWith(sentences), first.out)
    await withService(env, async app => {
      for (const { username, password, email, full_name, disabled } of users) {
        const stored = await app.db.users.byUsername(username.toLowerCase())
        const expected = { email: email.toLowerCase(), fullName: full_name, disabled }
        t.match(stored, { passwordHash: hashes[version], ...expected })
        t.match(await logIn(app, { username, password: `${password}!` }), { error: 'invalid_grant' })
        const { access_token } = await logIn(app, { username, password })
        if (disabled) {
          t.equal(access_token, undefined, 'a disabled user stays disabled')
          continue
        }
        const me = await app.inject({ url: '/users/me', headers: bearer(access_token) })
        t.match(me.json(), { username: username.toLowerCase(), full_name, scopes: ['me'] })
        const upgraded = await app.db.users.byUsername(username.toLowerCase())
        t.match(upgraded, { passwordHash: /^\$bcrypt-sha256\$/ })
        t.match(await logIn(app, { username, password }), { token_type: 'Bearer' }, 'the new hash works')
      }
    })
    const reason = 'skipped, username is taken by an account with another password'
    t.same(
      await moveIn(),
      {
        code: 3,
        out: '0 account(s) created, 1 unchanged, 3 row(s) skipped.\n',
        err: `row 1 (alice): ${reason}\nrow 2 (zoë): ${reason}\nrow 4 (johndoe): ${reason}\n`
      },
      'hashes were upgraded at the login, and the tutorial has no id, time or verified address to compare'
    )
    t.equal(contents(), before, 'the file is only read')
  })
}

test("In the tokens of the full-stack template's users, sub is the id of their row", { skip }, async t => {
  const { env, path, moveIn } = await createTutorial(t, 'template')
  t.match(await moveIn('--trust-emails'), { code: 0, out: /^4 account\(s\) created, / })
  const rows = await select(`sqlite:${path}`, 'SELECT id, email FROM user')
  await withService(env, async app => {
    for (const { email, password } of [alice, zoe, johndoe]) {
      const { access_token } = await logIn(app, { username: email, password })
      const { id } = rows.find(row => row.email === email) ?? {}
      t.equal(decodeJwt(access_token).sub?.replaceAll('-', ''), id, email)
    }
  })
})

/** Starts `main.py` of the page as the page does; resolves to its URL. */
async function startMain(t: Test, cwd: string): Promise<string> {
  const port = await freePort()
  const options = ['-m', 'uvicorn', 'main:app', '--port', String(port), '--log-level', 'error']
  await startListening(t, port, [python, ...options], { cwd, stdio: ['ignore', 'inherit', 'inherit'] })
  return `http://127.0.0.1:${port}`
}

/** The tutorial's application after the move: its database, with the programs of the page, and a Sallyport. */
async function createMoved(t: Test, version: Version) {
  const { env, moveIn, path, table, sallyport } = await createTutorial(t, version)
  t.match(await moveIn(), { code: 0 })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const app = await build({ config: loadConfig({ ...env, ISSUER: url }) })
  t.teardown(() => app.close())
  await app.listen({ host: '127.0.0.1', port })
  const folder = dirname(path)
  writePrograms(folder, url, version)
  writeFileSync(join(folder, 'accounts.json'), (await sallyport(['users', 'list', '--json'])).out)
  await promisify(execFile)(python, ['prepare.py', path, table], { cwd: folder })
  const api = await startMain(t, folder)
  const ask = async (headers: Record<string, string>) => {
    const answer = await fetch(`${api}/whoami`, { headers })
    return { status: answer.status, body: await answer.json() }
  }
  return { app, ask, path }
}

const tokenOf = async (app: FastifyInstance, { username, password }: { username: string; password: string }) =>
  (await logIn(app, { username, password })).access_token

for (const version of versions) {
  test(`${version}: the route of the page finds the row of a user by the token, with the code of the page`, {
    skip
  }, async t => {
    const { app, ask, path } = await createMoved(t, version)

    const [, row] = await select(`sqlite:${path}`, `SELECT id, username FROM ${chapters[version].table} ORDER BY id`)
    t.match(row, { username: zoe.username })
    t.strictSame(await ask(bearer(await tokenOf(app, zoe))), { status: 200, body: row })
    t.match(
      await logIn(app, { username: bob.username, password: bob.password }),
      { error: 'invalid_grant' },
      'a disabled user gets no token'
    )

    await t.test('A stranger who registers the name of a deleted account does not get its rows', async t => {
      // Deleted before the API has seen a token of the account.
      const headers = bearer(await tokenOf(app, alice))
      const payload = { current_password: alice.password }
      t.match(await app.inject({ method: 'DELETE', url: '/users/me', headers, payload }), { statusCode: 204 })
      await app.users.register({ ...alice, email: null }, {})
      t.match(await ask(bearer(await tokenOf(app, alice))), {
        status: 403,
        body: { detail: 'This username belonged to another account.' }
      })
    })

    await t.test('A user who registers at Sallyport gets one row, also by requests at the same time', async t => {
      const carol = { username: 'carol', password: alice.password }
      await app.users.register(carol, {})
      const headers = bearer(await tokenOf(app, carol))
      const answers = await Promise.all(Array.from({ length: 8 }, () => ask(headers)))
      for (const answer of answers) t.match(answer, { status: 200, body: { id: Number, username: 'carol' } })
      t.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1)
    })
  })
}
