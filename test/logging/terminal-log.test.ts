import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { loggerOptions } from '../../src/logging/logging.ts'
import { createTerminalLog } from '../../src/logging/terminal-log.ts'
import { StoreError } from '../../src/store/errors.ts'

/** A Fastify that logs to a terminal, and the text on it, without the times. */
function createLogged(t: Test, { hasColors = false } = {}) {
  let text = ''
  const write = (more: string) => {
    text += more
  }
  const app = Fastify({
    logger: {
      ...loggerOptions({ logLevel: 'trace' }, { isTerminal: true }),
      stream: createTerminalLog({ write, hasColors: () => hasColors })
    }
  })
  t.teardown(() => app.close())
  return { app, text: () => text.replaceAll(/^\d\d:\d\d:\d\d /gm, ''), raw: () => text }
}

t.test('A request is one line with method, path, status and time, and without its query', async t => {
  const { app, text, raw } = createLogged(t)
  app.get('/users/me', async () => 'me')
  app.get('/broken', async (_, reply) => reply.code(503).send())
  await app.inject('/users/me?access_token=hunter2')
  await app.inject('/broken')
  t.match(raw(), /^\d\d:\d\d:\d\d GET /)
  t.match(text(), /^GET \/users\/me 200 \d+ ms\nGET \/broken 503 \d+ ms\n$/)
})

t.test('An event is one line with its level, message and members', async t => {
  const { app, text } = createLogged(t)
  app.log.trace('one')
  app.log.debug('two')
  app.log.info({ signal: 'SIGTERM', tries: 2 }, 'draining')
  app.log.warn('four')
  app.log.fatal('five')
  t.equal(text(), 'TRACE one\nDEBUG two\nINFO draining  signal=SIGTERM  tries=2\nWARN four\nFATAL five\n')
})

t.test('An error has its message, and its stack only if it is unexpected', async t => {
  const { app, text } = createLogged(t)
  const expected = [
    new StoreError('unavailable', 'the disk is full', 'SQLITE_FULL'),
    Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  ]
  for (const err of expected) app.log.warn({ err }, 'failed')
  t.equal(text(), 'WARN failed: the disk is full\nWARN failed: connect ECONNREFUSED\n')
  for (const err of [new TypeError('a bug'), new StoreError('failed', 'no such table')]) {
    const { app, text } = createLogged(t)
    app.log.error({ err }, 'failed')
    t.match(text(), new RegExp(`^ERROR failed: ${err.message}\\n    at .*\\n`))
  }
  const { app: other, text: short } = createLogged(t)
  other.log.error({ err: {} }, 'failed')
  t.equal(short(), 'ERROR failed\n')
})

t.test('What users send cannot control the terminal', async t => {
  const { app, text } = createLogged(t)
  app.log.info({ name: '\u001b[2J' }, 'a\nb')
  t.equal(text(), 'INFO a\\u{a}b  name=\\u{1b}[2J\n')
})

t.test('Warnings and failures have colours on a terminal that supports them', async t => {
  const { app, text } = createLogged(t, { hasColors: true })
  app.get('/', async () => 'ok')
  app.get('/broken', async (_, reply) => reply.code(500).send())
  app.log.info('one')
  app.log.warn('two')
  app.log.error('three')
  for (const url of ['/', '/none', '/broken']) await app.inject(url)
  const plain = text()
    .replaceAll(/\d+ ms/g, '1 ms')
    .replaceAll('\u001b', '^')
  t.equal(
    plain.replace(/^INFO Route .*\n/m, ''),
    'INFO one\n^[33mWARN^[39m two\n^[31mERROR^[39m three\nGET / 200 1 ms\nGET /none ^[33m404^[39m 1 ms\nGET /broken ^[31m500^[39m 1 ms\n'
  )
})

t.test('A response without a request, as at the close of a server, is an event', async t => {
  const { app, text } = createLogged(t)
  app.log.info({ res: { statusCode: 503 } }, 'request aborted')
  t.equal(text(), 'INFO request aborted\n')
})
