import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Test, test } from 'tap'
import { bearer, createUser, logIn, password } from '../../test/support/app.ts'
import { bothSchemes, createProofSigner, nonceOf, postProved, proofClaims } from '../../test/support/dpop.ts'
import { freePort } from '../../test/support/free-port.ts'
import { readmeCommands, runCommands } from '../../test/support/readme-commands.ts'
import { createConfidentialClient, startServer } from '../../test/support/server.ts'
import { isAlive } from '../../test/support/workers.ts'
import { skipWithoutProgram } from '../support/debian.ts'

const example = join(import.meta.dirname, '../../examples/nginx')

/** A copy of the example with free ports; it is removed when the test ends, with the nginx that it started. */
async function copyOfExample(t: Test, ports: Record<number, number>) {
  // Not in the test's folder: if root starts nginx, it reads the site as the system user `nobody`, who may lack access.
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-nginx-'))
  t.teardown(() => {
    const pid = pidOf(folder)
    if (pid !== undefined) process.kill(pid, 'SIGTERM')
    rmSync(folder, { recursive: true })
  })
  chmodSync(folder, 0o755)
  cpSync(example, folder, { recursive: true, filter: path => !path.startsWith(join(example, 'run')) })
  for (const file of ['nginx.conf', 'README.md']) {
    const text = readFileSync(join(folder, file), 'utf8')
    writeFileSync(
      join(folder, file),
      text.replace(/(?<=127\.0\.0\.1:)\d+/g, port => String(ports[Number(port)]))
    )
  }
  return folder
}

/** The process of the nginx that runs in `folder`. */
function pidOf(folder: string): number | undefined {
  const path = join(folder, 'run/nginx.pid')
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) : undefined
}

test('The nginx example works as its README says', { skip: skipWithoutProgram('nginx') }, async t => {
  const { app, url } = await startServer(t)
  const ports = { 3000: Number(new URL(url).port), 8080: await freePort(), 8081: await freePort() }
  const cwd = await copyOfExample(t, ports)
  const commands = readmeCommands(join(cwd, 'README.md'))
  const stop = String(commands.pop())

  const [started, refused, loggedIn, opened, told, ended] = await runCommands(t, commands, { cwd })
  const alice = await app.userAdmin.byIdOrName('alice')
  t.equal(started, '')
  t.equal(refused, '401\n401\n')
  t.equal(loggedIn, '')
  t.equal(opened, `${readFileSync(join(example, 'site/index.html'), 'utf8')}403\n`)
  t.equal(told, `alice, ${alice.id}, by first-party, may me\n`)
  t.equal(ended, '401\n')

  const get = (path: string, headers: Record<string, string>) =>
    fetch(`http://127.0.0.1:${ports[8080]}${path}`, { headers })

  await t.test('Passes on the challenge of a 401 (RFC 6750 §3)', async t => {
    for (const [authorization, challenge] of [
      [undefined, bothSchemes],
      ['Bearer x', /^Bearer realm="sallyport", error="invalid_token"/],
      ['Bearer a b', /^Bearer realm="sallyport", error="invalid_request"/]
    ] as const) {
      const answer = await get('/', authorization ? { authorization } : {})
      t.equal(answer.status, 401)
      t.match(answer.headers.get('www-authenticate'), challenge)
    }
  })

  await t.test('A scope opens the paths that require it', async t => {
    await createUser(app, 'bob', ['reports:read'])
    const { access_token } = await logIn(app, { username: 'bob' })
    t.equal((await get('/reports/', bearer(access_token))).status, 200)
    t.equal((await get('/', bearer(access_token))).status, 403)
  })

  await t.test(
    'A token that is bound to a key opens the site only with a proof for its URL (RFC 9449 §4.3)',
    async t => {
      const signer = createProofSigner()
      const dpop = signer.prove(proofClaims(app, ['POST', '/token'], { issuer: url }))
      const form = { grant_type: 'password', username: 'alice', password }
      const token = String((await postProved(app, signer, '/token', form, { dpop })).json().access_token)
      const site = `http://127.0.0.1:${ports[8080]}`
      const ask = (path: string, claims: object = {}, more: Record<string, string> = {}) => {
        const valid = { ...proofClaims(app, ['GET', path.replace(/\?.*/, '')], { issuer: site, token }), ...claims }
        return get(path, { authorization: `DPoP ${token}`, dpop: signer.prove(valid), ...more })
      }
      for (const path of ['/', '/?page=2', '/app/']) {
        const answer = await ask(path)
        t.equal(answer.status, 200, path)
        t.equal(answer.headers.get('dpop-nonce'), nonceOf(app), path)
      }
      for (const path of ['/', '/app/']) {
        const refused = await ask(path, { nonce: undefined })
        t.equal(refused.status, 401)
        t.match(refused.headers.get('www-authenticate'), /^DPoP realm="sallyport", error="use_dpop_nonce"/)
        t.equal(refused.headers.get('dpop-nonce'), nonceOf(app), 'with which the client can repeat the request')
      }
      t.equal((await get('/', bearer(token))).status, 401)
      const forged = {
        'X-Forwarded-Method': 'POST',
        'X-Forwarded-Proto': 'https',
        'X-Forwarded-Host': 'other.example.com',
        'X-Forwarded-Uri': '/other'
      }
      const replayed = { htm: 'POST', htu: 'https://other.example.com/other' }
      t.equal((await ask('/', replayed, forged)).status, 401, 'headers of the client decide nothing')
      t.equal((await ask('/', {}, forged)).status, 200)
    }
  )

  await t.test('Identity headers from a client never pass, even where Sallyport sends none', async t => {
    const { id, secret } = await createConfidentialClient({ app })
    const form = { grant_type: 'client_credentials', scope: 'me', client_id: id, client_secret: secret }
    const tokens = await fetch(`${url}/token`, { method: 'POST', body: new URLSearchParams(form) })
    const { access_token } = (await tokens.json()) as { access_token: string }
    const forged = {
      'x-auth-subject': alice.id,
      'X-Auth-Username': 'alice',
      X_Auth_Username: 'alice',
      'X-AUTH-CLIENT': 'x',
      'x-auth-scope': 'x'
    }
    const answer = await get('/app/', { ...bearer(access_token), ...forged })
    t.equal(await answer.text(), `, ${id}, by ${id}, may me\n`)
  })

  await t.test('The auth subrequest is internal, and no request passes while Sallyport is down', async t => {
    const { access_token } = await logIn(app)
    t.equal((await get('/_verify/me', bearer(access_token))).status, 404)
    t.equal((await get('/', bearer(access_token))).status, 200)
    await app.close()
    t.equal((await get('/', bearer(access_token))).status, 500)
  })

  await t.test('The last command stops nginx', async t => {
    const pid = Number(pidOf(cwd))
    t.equal(isAlive(pid), true)
    await runCommands(t, [stop], { cwd, env: { PATH: `${process.env.PATH}:/usr/sbin` } })
    for (let tries = 0; pidOf(cwd) && tries < 250; tries++) await sleep(20)
    t.equal(pidOf(cwd), undefined)
  })
})
