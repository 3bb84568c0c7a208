import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'tap'
import { freePort } from '../../test/support/free-port.ts'
import { block, steps } from '../../test/support/next-steps.ts'
import { startSite } from '../../test/support/site.ts'
import { skipWithoutProgram } from '../support/debian.ts'
import { startNginx } from '../support/nginx.ts'

for (const path of ['', '/auth', '/a/b', '/a;deny', '/a%20b'])
  test(`Nginx with the printed lines replaces X-Forwarded-For, and removes the path "${path}"`, {
    skip: skipWithoutProgram('nginx')
  }, async t => {
    const seen: unknown[] = []
    const site = await startSite(t, (request, response) => {
      seen.push([request.method, request.url, request.headers['x-forwarded-for']])
      if (request.method === 'GET') response.end()
      else request.socket.destroy()
    })
    const [port, outside] = [Number(new URL(site).port), await freePort()]
    await startNginx(t, outside, block(steps({ issuer: `https://example.com${path}`, port }), 'nginx'))
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
