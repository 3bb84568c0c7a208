import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { freePort } from '../../test/support/free-port.ts'
import { block, steps } from '../../test/support/next-steps.ts'
import { debianEnv, skipWithoutProgram } from '../support/debian.ts'
import { listening } from '../support/listening.ts'

/** nginx with these lines in its server block; stopped when the test ends. */
async function startNginx(t: Test, lines: string, port: number) {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const folder = t.testdir()
  const temporary = kinds.map(kind => `${kind}_temp_path ${join(folder, kind)};`).join('\n')
  const conf = `pid ${join(folder, 'pid')};
error_log ${join(folder, 'error.log')};
events {}
http { access_log off; ${temporary} server { listen 127.0.0.1:${port};\n${lines}\n} }
`
  t.testdir({ 'nginx.conf': conf })
  const args = ['-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf'), '-g', 'daemon off;']
  const child = spawn('nginx', args, { env: debianEnv, stdio: 'ignore' })
  const exit = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGTERM')
    await exit
  })
  await listening(port, () => child.exitCode === null)
}

for (const path of ['', '/auth', '/a/b', '/a;deny', '/a%20b'])
  test(`nginx with the printed lines replaces X-Forwarded-For, and removes the path "${path}"`, {
    skip: skipWithoutProgram('nginx')
  }, async t => {
    const seen: unknown[] = []
    const server = createServer((request, response) => {
      seen.push([request.method, request.url, request.headers['x-forwarded-for']])
      if (request.method === 'GET') response.end()
      else request.socket.destroy()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => server.close())
    const { port } = server.address() as AddressInfo
    const outside = await freePort()
    await startNginx(t, block(steps({ issuer: `https://example.com${path}`, port }), 'nginx'), outside)
    const url = `http://127.0.0.1:${outside}`
    const headers = { 'x-forwarded-for': '203.0.113.7' }
    t.equal((await fetch(`${url}${path}/users/me?a=b`, { headers })).status, 200)
    t.equal((await fetch(`${url}/.well-known/oauth-authorization-server${path}`)).status, 200)
    t.equal((await fetch(`${url}${path}/users/me/password`, { method: 'PUT', body: 'x' })).status, 502)
    t.strictSame(seen, [
      ['GET', '/users/me?a=b', '127.0.0.1'],
      ['GET', `/.well-known/oauth-authorization-server${path}`, '127.0.0.1'],
      ['PUT', '/users/me/password', '127.0.0.1']
    ])
  })

test('systemd accepts the printed unit, also with a path that needs quotes', {
  skip: skipWithoutProgram('systemd-analyze')
}, async t => {
  const folder = t.testdir({ 'a 50% "b" $c': {} })
  const strange = join(folder, 'a 50% "b" $c')
  for (const at of [{ folder }, { folder: strange, program: [process.execPath, join(strange, "it's.cjs"), 'serve'] }]) {
    const lines = steps({}, { user: 'root', program: [process.execPath, 'serve'], ...at })
    const unit = join(t.testdir({ 'sallyport.service': block(lines, 'systemd') }), 'sallyport.service')
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' })
    const complaints = `${stdout}${stderr}`.split('\n').filter(line => line.includes('sallyport.service'))
    t.strictSame(complaints, [])
    t.equal(status, 0, stderr)
  }
})
