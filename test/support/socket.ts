import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'

/** One answer of HTTP/1.1 with a Content-Length. */
export interface RawAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

/** The data that a socket received before the server closed it, and the time until then. */
export interface Conversation {
  text: string
  answers: RawAnswer[]
  ms: number
}

/** A socket to the server that sends the given bytes unchanged; destroyed when the test ends. */
export function openSocket(t: Test, app: FastifyInstance) {
  const { port } = app.server.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  t.teardown(() => socket.destroy())
  const begun = performance.now()
  let text = ''
  socket.on('error', () => {})
  socket.on('data', chunk => {
    text += chunk.toString('latin1')
  })
  const closed = new Promise<Conversation>(resolve => {
    const finish = () => resolve({ text, answers: parseAnswers(text), ms: performance.now() - begun })
    socket.once('end', () => {
      finish()
      socket.destroy()
    })
    socket.once('close', finish)
  })
  return { socket, closed, send: (bytes: string) => socket.write(Buffer.from(bytes, 'latin1')), text: () => text }
}

/** Sends `bytes`, and resolves to the data received until the server closed the connection. */
export function talk(t: Test, app: FastifyInstance, bytes: string): Promise<Conversation> {
  const { send, closed } = openSocket(t, app)
  send(bytes)
  return closed
}

/** Sends `bytes` one at a time until the socket is closed. */
export async function drip(socket: Socket, bytes: Iterable<string>, everyMs: number) {
  for (const byte of bytes) {
    if (socket.destroyed || socket.writableEnded) return
    socket.write(byte)
    await sleep(everyMs)
  }
}

function parseAnswers(text: string): RawAnswer[] {
  const answers: RawAnswer[] = []
  for (let rest = text; rest.startsWith('HTTP/1.1 '); ) {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) break
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n')
    const headers = Object.fromEntries(
      lines.map(line => [line.split(':', 1)[0]?.toLowerCase(), line.replace(/^.*?: ?/, '')])
    )
    const length = Number(headers['content-length'] ?? 0)
    answers.push({ status: Number(first.split(' ')[1]), headers, body: rest.slice(end + 4, end + 4 + length) })
    rest = rest.slice(end + 4 + length)
  }
  return answers
}
