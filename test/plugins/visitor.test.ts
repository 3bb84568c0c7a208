import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createApp, password } from '../support/app.ts'

/** The status of a registration through the Unix socket at `socketPath`. */
async function register(socketPath: string, member: object) {
  const headers = { 'content-type': 'application/json', host: 'auth.example.com' }
  const sent = request({ socketPath, method: 'POST', path: '/users', headers })
  sent.end(JSON.stringify(member))
  const [answer] = await once(sent, 'response')
  answer.resume()
  return answer.statusCode
}

t.test('Visitors through a Unix socket have no address, and share their limits', async t => {
  const { app } = await createApp(t, { registration: 'open', limits: ['registration=1'], emailCodes: 'on' })
  // The path of a socket may have 107 bytes, fewer than that of a test's folder.
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const socketPath = join(folder, 'http.sock')
  await app.listen({ path: socketPath })
  t.equal(await register(socketPath, { username: 'alice', email: 'alice@example.com' }), 201)
  t.equal(await register(socketPath, { username: 'bob', password }), 429)
})
