import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import db from '../../plugins/db.ts'
import metrics from '../../plugins/metrics.ts'
import outage from '../../plugins/outage.ts'
import passwords from '../../plugins/passwords.ts'
import services from '../../plugins/services.ts'
import serving from '../../plugins/serving.ts'
import type { ServiceOptions } from '../../src/wiring/service-options.ts'

/** A bare Fastify, closed when the test ends; its log lines are collected in `log`. */
export function bareFastify(t: Test): { app: FastifyInstance; log: string[] } {
  const log: string[] = []
  const app = Fastify({ logger: { level: 'trace', stream: { write: line => void log.push(line) } } })
  t.teardown(() => app.close())
  return { app: app as unknown as FastifyInstance, log }
}

/** Registers the services and their dependencies on a bare Fastify. */
export async function registerServices(app: FastifyInstance, options: ServiceOptions) {
  await app.register(outage)
  await app.register(metrics, { isOn: true })
  await app.register(serving)
  await app.register(db, options)
  await app.register(passwords, options)
  await app.register(services, options)
}
