import { connect, createServer, type Socket } from 'node:net'
import { createDelayQueue } from './delay-queue.ts'

// A TCP proxy in a process of its own. It takes the port of its target as an argument, sends its own port to its
// parent, and receives from it the milliseconds by which each direction is delayed; it answers when they apply.

/** A nap costs almost no processor time and ends more precisely than a timer, which counts in whole milliseconds. */
const napMs = 0.05
const alarm = new Int32Array(new SharedArrayBuffer(4))

const target = Number(process.argv[2])
const queue = createDelayQueue<() => void>()
let delayMs = 0

function later(run: () => void) {
  const isIdle = queue.nextDue() === undefined
  if (isIdle && delayMs === 0) return run()
  queue.add(run, performance.now(), delayMs)
  if (isIdle) setImmediate(turn)
}

/** Runs the functions that are due. Between two turns, the event loop reads what has arrived during the nap. */
function turn() {
  for (const run of queue.takeDue(performance.now())) run()
  const due = queue.nextDue()
  if (due === undefined) return
  if (due - performance.now() > napMs) Atomics.wait(alarm, 0, 0, napMs)
  setImmediate(turn)
}

function forward(from: Socket, to: Socket) {
  from.setNoDelay()
  from.on('data', chunk => later(() => to.write(chunk)))
  from.on('end', () => later(() => to.end()))
  from.on('error', () => later(() => to.destroy()))
}

const server = createServer({ allowHalfOpen: true }, client => {
  const upstream = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true })
  forward(client, upstream)
  forward(upstream, client)
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as { port: number }).port))

process.on('message', (milliseconds: number) => {
  delayMs = milliseconds
  process.send?.(milliseconds)
})
process.on('disconnect', () => process.exit())
