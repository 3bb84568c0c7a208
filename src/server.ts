import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { localUrl } from './addresses.ts'
import { build } from './app.ts'
import { type Config, ConfigError } from './config.ts'

const drainLimitMs = 10_000
const idleSweepMs = 50
const signals = ['SIGTERM', 'SIGINT'] as const

/** A server that listens; `stopped` resolves to the exit code once it has drained. */
export interface RunningServer {
  app: FastifyInstance
  url: string
  stopped: Promise<number>
}

/**
 * Builds the service and listens on `config.host` and `config.port`. On SIGTERM or SIGINT it stops accepting, finishes
 * what is in flight and closes the store; a second signal, or ten seconds, end the process at once with exit code 1.
 * Throws a ConfigError when it cannot listen there, and whatever `build` throws.
 */
export async function serve(config: Config, print: (line: string) => void): Promise<RunningServer> {
  const app = await build({ config })
  const { host, port } = config
  try {
    await app.listen({ host, port })
  } catch (error) {
    await app.close()
    const { code, message } = error as NodeJS.ErrnoException
    throw new ConfigError([
      `HOST ${host} and PORT ${port} cannot be listened on: ${listenFaults[String(code)] ?? message}`
    ])
  }
  const { address, port: actualPort } = app.server.address() as AddressInfo
  const url = localUrl(address, actualPort)
  print(`Sallyport listens on ${url}`)
  print(`  API docs, with a button to log in: ${url}/docs`)
  print('  make the first account:            npx sallyport users create NAME --admin')
  return { app, url, stopped: drainOnSignal(app) }
}

const listenFaults: Record<string, string> = {
  EADDRINUSE: 'another process listens there already',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'the system reserves this port for privileged users'
}

function drainOnSignal(app: FastifyInstance): Promise<number> {
  return new Promise(resolve => {
    let draining = false
    function onSignal(signal: NodeJS.Signals) {
      // Not a matter of closing sockets: a hash or a query in flight would still keep the process alive.
      if (draining) process.exit(1)
      draining = true
      app.log.info({ signal }, 'draining')
      drain(app).then(code => {
        for (const name of signals) process.removeListener(name, onSignal)
        resolve(code)
      })
    }
    for (const name of signals) process.on(name, onSignal)
  })
}

async function drain(app: FastifyInstance): Promise<number> {
  const limit = setTimeout(() => process.exit(1), drainLimitMs).unref()
  // A connection whose last answer left after close() began stays open for a next request, which will not be served.
  const sweep = setInterval(() => app.server.closeIdleConnections(), idleSweepMs)
  const code = await app.close().then(
    () => 0,
    error => {
      app.log.error({ err: error }, 'the server could not close')
      return 1
    }
  )
  clearTimeout(limit)
  clearInterval(sweep)
  return code
}
