import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'
import { freePort } from './free-port.ts'

/**
 * A TCP proxy in front of the PostgreSQL at `server`, which listens after `open`; cut when the test ends. `clients` are
 * its connections from clients.
 */
export async function createTcpProxy(t: Test, server: string) {
  const target = new URL(server)
  const url = new URL(server)
  const port = await freePort()
  url.port = String(port)
  const clients: Socket[] = []
  const sockets = new Set<Socket>()
  let isSevered = false
  const proxy = createServer(near => {
    const far = connect(Number(target.port), target.hostname)
    clients.push(near)
    for (const end of [near, far]) {
      sockets.add(end)
      end.on('error', () => {}).on('close', () => sockets.delete(end))
    }
    near.pipe(far).pipe(near)
    if (isSevered) sever()
  })
  async function open() {
    proxy.listen(port, '127.0.0.1')
    await once(proxy, 'listening')
  }
  /** Stops listening, and closes every connection. */
  function cut() {
    proxy.close()
    for (const socket of sockets) socket.destroy()
  }
  /** Passes nothing on and closes nothing, as a network that loses every packet. */
  function sever() {
    isSevered = true
    for (const socket of sockets) socket.pause()
  }
  /** Ends `sever`. */
  function mend() {
    isSevered = false
    for (const socket of sockets) socket.resume()
  }
  t.teardown(cut)
  return { url: url.href, clients, open, cut, sever, mend }
}
