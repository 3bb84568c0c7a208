import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Test, test } from 'tap'
import connections from '../../../plugins/http/connections.ts'
import { testConfig } from '../../support/app.ts'
import { createClock } from '../../support/clocks.ts'
import { bareFastify, registerServices } from '../../support/plugins.ts'

/** A server with twelve connections, three for each network. */
async function listen(t: Test, trustProxy: string[] = [], host = '127.0.0.1') {
  const { app, log } = bareFastify(t)
  const config = testConfig({ trustProxy })
  const clock = createClock()
  await registerServices(app, { config, now: clock.now })
  await app.register(connections, { config, most: 12 })
  await app.listen(host.startsWith('/') ? { path: host } : { host, port: 0 })
  const address = app.server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0

  /** Opens a connection from `localAddress`; resolves to whether the server keeps it. */
  async function open(localAddress: string) {
    const accepted = once(app.server, 'connection')
    const socket = host.startsWith('/') ? connect(host) : connect({ port, host: '127.0.0.1', localAddress })
    socket.on('error', () => {})
    t.teardown(() => socket.destroy())
    const [atServer] = await accepted
    return { isOpen: !atServer.destroyed, end: () => socket.destroy() }
  }
  async function openAll(count: number, localAddress: string) {
    const opened = []
    for (let n = 0; n < count; n++) opened.push(await open(localAddress))
    return opened
  }
  const warnings = () => log.map(line => JSON.parse(line)).filter(({ level }) => level === 40)
  return { app, clock, open, openAll, warnings }
}

const isOpen = ({ isOpen }: { isOpen: boolean }) => isOpen

test('A network has a quarter of the connections, and the others keep theirs', async t => {
  const { openAll, open, app } = await listen(t)
  const opened = [...(await openAll(2, '127.0.0.1')), ...(await openAll(3, '127.0.0.200'))]
  t.strictSame(opened.map(isOpen), [true, true, true, false, false])
  t.ok(isOpen(await open('127.0.1.1')), 'another network')
  opened[0]?.end()
  while ((await openCount(app)) > 3) await sleep(5)
  t.ok(isOpen(await open('127.0.0.1')), 'once a connection has ended')
  t.notOk(isOpen(await open('127.0.0.1')))
})

const openCount = ({ server }: Awaited<ReturnType<typeof listen>>['app']) =>
  new Promise<number>(resolve => server.getConnections((_error, count) => resolve(count)))

test('Proxies in TRUST_PROXY and Unix sockets may have all connections, and no more', async t => {
  for (const entry of ['127.0.0.1', '127.0.0.0/8', '::ffff:127.0.0.1']) {
    const { openAll, open, app } = await listen(t, ['2001:db8::/32', entry])
    const opened = await openAll(12, '127.0.0.1')
    t.ok(opened.every(isOpen), entry)
    t.notOk(isOpen(await open('127.0.0.1')))
    t.match(await app.metrics.registry?.metrics(), /^sallyport_connections_dropped_total 1$/m)
    t.notOk(app.server.maxConnections, 'with it, a worker would pass the connection on to the others, without an end')
    opened[0]?.end()
    while ((await openCount(app)) > 11) await sleep(5)
    t.ok(isOpen(await open('127.0.0.1')), 'once a connection has ended')
  }
  // A path that fits into the 108 bytes of a socket's name.
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const { openAll } = await listen(t, [], join(folder, 'socket'))
  t.ok((await openAll(12, '')).every(isOpen), 'a Unix socket')
})

test('A server that listens on IPv6 knows the network and the proxies of IPv4', async t => {
  const { openAll } = await listen(t, ['127.0.0.5'], '::')
  t.strictSame((await openAll(4, '127.0.0.1')).map(isOpen), [true, true, true, false])
  t.ok((await openAll(4, '127.0.0.5')).every(isOpen))
})

test('The log has one line a minute with the number of closed connections, and the metrics have each', async t => {
  const { openAll, open, warnings, clock, app } = await listen(t)
  await openAll(6, '127.0.0.1')
  const line = {
    network: '127.0.0.0/24',
    closed: 1,
    msg: 'A network has a quarter of all connections; new ones of it are closed. If this is a proxy, name it in TRUST_PROXY.'
  }
  t.match(warnings(), [line])
  clock.advance(60)
  await open('127.0.0.1')
  t.match(warnings(), [line, { ...line, closed: 3 }])
  t.match(await app.metrics.registry?.metrics(), /^sallyport_connections_dropped_total 4$/m)
})
