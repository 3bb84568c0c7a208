import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves once a program listens on the port of 127.0.0.1. Rejects when `isAlive` says that it has ended. */
export async function listening(port: number, isAlive: () => boolean) {
  for (;;) {
    if (!isAlive()) throw new Error(`The program that should listen on port ${port} has ended.`)
    const socket = connect(port, '127.0.0.1')
    const isOpen = await new Promise(resolve => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    socket.destroy()
    if (isOpen) return
    await sleep(20)
  }
}
