import type { Worker } from 'node:cluster'

/** A connection of the supervisor, and the messages with which it hands one to a worker and learns that it has it. */
interface Handle {
  close(): void
}
type Send = (message: { act?: string; seq?: number }, handle?: Handle, ...more: unknown[]) => boolean

/**
 * Closes the connections that were on their way to `worker` when it died. Node.js keeps them open without an answer:
 * its supervisor closes its copy of a connection only when the worker has confirmed that it has one.
 */
export function closeHandedConnections(worker: Worker): void {
  const handed = new Map<number | undefined, Handle>()
  const child = worker.process
  const send = child.send.bind(child) as Send
  const watched: Send = (message, handle, ...more) => {
    if (message.act === 'newconn' && handle) handed.set(message.seq, handle)
    return send(message, handle, ...more)
  }
  child.send = watched as typeof child.send
  child.on('internalMessage', ({ ack }: { ack?: number }) => handed.delete(ack))
  worker.once('exit', () => {
    for (const handle of handed.values()) handle.close()
  })
}
