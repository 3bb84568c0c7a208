import { subscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Contract } from './contract.ts'

// scripts/test.ts loads this into every test process. From then on each answer of a Fastify in it, to `inject` or on a
// socket, is checked against docs/openapi.json. An answer that differs throws an uncaught exception, which fails the
// running test, and ends a server that runs in its own process.

let contract: Contract | undefined

/** Fails the running test: a login attempt did not end exactly once. */
export const failOnFault = (fault: unknown) =>
  process.nextTick(() => {
    throw new Error(String(fault))
  })
subscribe('sallyport.attempt-faults', failOnFault)

subscribe('fastify.initialization', message => {
  const { fastify: app } = message as { fastify: FastifyInstance }
  namePlugins(app)
  app.addHook('onReady', async () => {
    // Loads the contract only once there is a server, since most test processes have none.
    // Once, because tsx asks another thread for each import.
    contract ??= (await import('./contract.ts')).createContract(new URL('../../docs/openapi.json', import.meta.url))
  })
  app.addHook('onRequest', (_request, reply, done) => {
    keepBody(reply)
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const faults = faultsOf(app, request, reply)
    if (faults.length > 0) {
      const { method, url } = request
      const complaint = `${method} ${url.split('?', 1)[0]} answered ${reply.statusCode}, and ${faults.join('; ')}`
      process.nextTick(() => {
        throw new Error(complaint)
      })
    }
    done()
  })
})

/**
 * Gives each plugin without a name the name of its function. Fastify would look for the plugin in every module that
 * Node.js has required, twice, which takes a fifth of the start of an app.
 */
function namePlugins(app: FastifyInstance) {
  const { register } = app
  app.register = function named(this: FastifyInstance, ...[plugin, options]: Parameters<typeof register>) {
    const named = plugin as { name: string; [displayName]?: string }
    // A module that was not imported with `default` cannot be changed.
    if (Object.isExtensible(named)) named[displayName] ??= named.name
    return register.call(this, plugin, options)
  } as typeof register
}

const displayName = Symbol.for('fastify.display-name')

const bodies = new WeakMap<FastifyReply, unknown>()

/** Keeps the body as it is written after every hook. */
function keepBody(reply: FastifyReply) {
  const end = reply.raw.end
  reply.raw.end = function keeping(this: unknown, chunk?: unknown, ...rest: unknown[]) {
    bodies.set(reply, Buffer.isBuffer(chunk) || typeof chunk === 'string' ? chunk : '')
    return Reflect.apply(end, this, [chunk, ...rest])
  } as typeof end
}

function faultsOf(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply): string[] {
  const body = bodies.get(reply) as string | Buffer | undefined
  // The client has disconnected, and nothing was answered.
  if (body === undefined || contract === undefined) return []
  const answer = {
    ...{ status: reply.statusCode, headers: reply.getHeaders() },
    // Read only where it is checked: a test of the processor time would count a large one.
    get body() {
      return String(body)
    }
  }
  const { url, schema } = request.routeOptions
  const { operationId = '' } = (schema ?? {}) as { operationId?: string }
  if (contract.knows(operationId)) return contract.faultsOf(operationId, answer, { isHead: request.method === 'HEAD' })
  // Other routes are checked only where the server runs, not in another author's app, nor where a plugin is tested
  // alone.
  return app.hasDecorator('oauth') ? contract.faultsOutside(answer, { method: request.method, url }) : []
}
