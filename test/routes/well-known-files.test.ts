import { rmSync } from 'node:fs'
import { type Test, test } from 'tap'
import { build } from '../../src/app.ts'
import { createApp, testConfig } from '../support/app.ts'

const contents = {
  'security.txt': 'Contact: mailto:security@example.com\r\nExpires: 2030-01-31T12:00:00Z\r\n# Grüße\r\n',
  'assetlinks.json': '[ ]\r\n',
  'apple-app-site-association': '{ "webcredentials": { "apps": ["A1B2C3D4E5.com.example.app"] } }\n'
}
const names = Object.keys(contents) as (keyof typeof contents)[]
const folderOf = (t: Test) => t.testdir(contents)

test('A file is served byte for byte with its type in UTF-8, and cached; another method is refused', async t => {
  const { app } = await createApp(t, { wellKnown: folderOf(t) })
  for (const name of names) {
    const url = `/.well-known/${name}`
    const answer = await app.inject(url)
    t.equal(answer.statusCode, 200)
    t.equal(answer.rawPayload.compare(Buffer.from(contents[name])), 0)
    const type = name === 'security.txt' ? 'text/plain' : 'application/json'
    t.match(answer.headers, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'public, max-age=3600' })
    const head = await app.inject({ method: 'HEAD', url })
    t.strictSame([head.statusCode, head.body], [200, ''])
    for (const header of ['etag', 'content-type', 'content-length'])
      t.equal(head.headers[header], answer.headers[header], header)
    const known = await app.inject({ url, headers: { 'if-none-match': String(answer.headers.etag) } })
    t.strictSame([known.statusCode, known.body], [304, ''])
    const refused = await app.inject({ method: 'POST', url })
    t.strictSame([refused.statusCode, refused.headers.allow], [405, 'GET, HEAD'])
  }
})

test('A folder that is gone since the settings were read keeps the server from starting', async t => {
  const wellKnown = folderOf(t)
  const config = testConfig({ wellKnown })
  rmSync(wellKnown, { recursive: true })
  await t.rejects(build({ config }), { name: 'ConfigError', problems: [/^cannot read the folder .* \(ENOENT\)$/] })
})

test('Without WELL_KNOWN the URLs are not there', async t => {
  const { app } = await createApp(t, { rpId: 'example.com' })
  for (const name of names) {
    const answer = await app.inject(`/.well-known/${name}`)
    t.equal(answer.statusCode, 404, name)
    t.match(answer.headers['content-type'], /^application\/problem\+json/)
  }
})
