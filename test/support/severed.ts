import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

/**
 * A TCP proxy in front of the PostgreSQL at `server`. While it is severed, it passes nothing on and closes nothing, as
 * a network that loses every packet. Closed when the test ends.
 */
export async function startSeverable(t: Test, server: string) {
  const to = new URL(server)
  const sockets = new Set<Socket>()
  const proxy = createServer(near => {
    const far = connect(Number(to.port), to.hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    }
    near.pipe(far)
    far.pipe(near)
    if (isSevered) pauseAll()
  })
  let isSevered = false
  const pauseAll = () => {
    for (const socket of sockets) socket.pause()
  }
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    proxy.close()
  })
  const url = new URL(server)
  url.port = String((proxy.address() as { port: number }).port)
  return {
    url: url.href,
    sever() {
      isSevered = true
      pauseAll()
    },
    mend() {
      isSevered = false
      for (const socket of sockets) socket.resume()
    }
  }
}
