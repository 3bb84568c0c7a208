import { once } from 'node:events'
import { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { createApp } from '../../test/support/app.ts'

/**
 * Sends a GET over a connection that forgets what is written to it, and resolves to the status and what was written.
 * The time that the operating system takes for the bytes of a large file is the same whoever serves them, so it is left
 * out.
 */
async function get(app: FastifyInstance, url: string) {
  const written: Buffer[] = []
  const connection = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      written.push(chunk)
      done()
    }
  }) as unknown as Socket
  const request = Object.assign(new IncomingMessage(connection), {
    ...{ method: 'GET', url, httpVersion: '1.1', httpVersionMajor: 1, httpVersionMinor: 1 },
    ...{ headers: { host: 'a' }, rawHeaders: ['Host', 'a'], complete: true }
  })
  request.push(null)
  const response = new ServerResponse(request)
  response.assignSocket(connection)
  // As a server does for a file that is read while it is sent.
  connection.on('drain', () => response.emit('drain'))
  app.routing(request, response)
  await once(response, 'finish')
  return { status: response.statusCode, type: String(response.getHeader('content-type')), written }
}

/** The processor time of one GET, in microseconds: that of twenty. */
async function cost(app: FastifyInstance, url: string) {
  const before = process.cpuUsage()
  for (let n = 0; n < 20; n++) await get(app, url)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 20
}

/** The URLs of all routes, what their pages load, and what Swagger UI would serve by itself. */
async function allUrls(app: FastifyInstance) {
  const urls = new Set(['/docs/json', '/docs/yaml', '/docs/static/index.html', '/nothing'])
  for (const url of app.urls()) urls.add(url.replace(/:\w+/g, 'x'))
  for (const url of urls) {
    const { type, written } = await get(app, url)
    if (!type.startsWith('text/html')) continue
    for (const [, path = ''] of String(Buffer.concat(written)).matchAll(/(?:src|href)="([./][^"]+)"/g))
      urls.add(new URL(path, `http://a${url}`).pathname)
  }
  return [...urls]
}

t.test(
  'No GET without a login takes five times the processor time of /livez, or ten times with a look-up in the database',
  async t => {
    // A query of PostgreSQL costs the time of its driver.
    const { app } = await createApp(t, { docs: 'on', databaseUrl: 'sqlite::memory:' })
    const urls = await allUrls(app)
    const some = ['/docs/static/swagger-ui-bundle.js', '/openapi.json', '/users/x', '/verify']
    t.strictSame(
      some.filter(path => !urls.includes(path)),
      []
    )
    const least = new Map<string, number>()
    const measure = async (url: string) =>
      least.set(url, Math.min(least.get(url) ?? Number.POSITIVE_INFINITY, await cost(app, url)))
    // The pages of mailed links ask the database for the token.
    const most = (url: string) =>
      (/^\/(verify-email|undo-|reset-password)/.test(url) ? 10 : 5) * (least.get('/livez') as number)
    for (let round = 0; round < 5; round++) await measure('/livez')
    // The least of several, because other programs and the collector of garbage take their turns.
    let slow = urls
    for (let round = 0; slow.length > 0 && round < 40; round++) {
      for (const url of ['/livez', ...slow]) await measure(url)
      slow = slow.filter(url => (least.get(url) as number) >= most(url))
    }
    t.strictSame(
      slow.map(url => `${url} takes ${least.get(url)} µs, /livez ${least.get('/livez')} µs`),
      []
    )
  }
)
