import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { build } from '../../src/app.ts'
import { createApp, testConfig } from '../support/app.ts'

const url = '/.well-known/security.txt'
const content = 'Contact: mailto:security@example.com\r\nExpires: 2030-01-31T12:00:00Z\r\n# Grüße\r\n'

function fileOf(t: Test): string {
  const path = join(t.testdir(), 'security.txt')
  writeFileSync(path, content)
  return path
}

test('the file is served byte for byte as plain text in UTF-8 (RFC 9116 §3), and cached', async t => {
  const { app } = await createApp(t, { securityTxt: fileOf(t) })
  const answer = await app.inject(url)
  t.equal(answer.statusCode, 200)
  t.equal(answer.rawPayload.compare(Buffer.from(content)), 0)
  t.match(answer.headers, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'public, max-age=3600' })
  const head = await app.inject({ method: 'HEAD', url })
  t.equal(head.statusCode, 200)
  t.equal(head.body, '')
  for (const name of ['etag', 'content-type', 'content-length']) t.equal(head.headers[name], answer.headers[name], name)
  const known = await app.inject({ url, headers: { 'if-none-match': String(answer.headers.etag) } })
  t.equal(known.statusCode, 304)
  t.equal(known.body, '')
})

test('another method is refused with those that there are', async t => {
  const { app } = await createApp(t, { securityTxt: fileOf(t) })
  const answer = await app.inject({ method: 'POST', url })
  t.equal(answer.statusCode, 405)
  t.equal(answer.headers.allow, 'GET, HEAD')
})

test('a file that is gone since the settings were read keeps the server from starting', async t => {
  const securityTxt = fileOf(t)
  const config = testConfig({ securityTxt })
  rmSync(securityTxt)
  await t.rejects(build({ config }), { name: 'ConfigError', problems: [/^cannot read .* \(ENOENT\)$/] })
})

test('without SECURITY_TXT the URL is not there', async t => {
  const { app } = await createApp(t)
  const answer = await app.inject(url)
  t.equal(answer.statusCode, 404)
  t.match(answer.headers['content-type'], /^application\/problem\+json/)
})
