import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'

/** A Fastify with nothing on it, closed when the test ends; what it logs is collected in `log`. */
export function bareFastify(t: Test): { app: FastifyInstance; log: string[] } {
  const log: string[] = []
  const app = Fastify({ logger: { level: 'trace', stream: { write: line => void log.push(line) } } })
  t.teardown(() => app.close())
  return { app: app as unknown as FastifyInstance, log }
}
