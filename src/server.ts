import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { build } from './app.ts'
import type { Config } from './config.ts'

const drainLimitMs = 10_000

/** A server that listens; `stopped` resolves to the exit code once it has drained. */
export interface RunningServer {
  app: FastifyInstance
  url: string
  stopped: Promise<number>
}

/**
 * Builds the service and listens on `config.host` and `config.port`. On SIGTERM or SIGINT it stops accepting, finishes
 * what is in flight and closes the store; a second signal, or ten seconds, end it at once with exit code 1.
 */
export async function serve(config: Config, print: (line: string) => void): Promise<RunningServer> {
  const app = await build({ config })
  try {
    await app.listen({ host: config.host, port: config.port })
  } catch (error) {
    await app.close()
    throw error
  }
  const { address, family, port } = app.server.address() as AddressInfo
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  print(`Sallyport listens on ${url}`)
  print(`  API docs, with a button to log in: ${url}/docs`)
  print('  make the first account:            npx sallyport users create NAME --admin')
  return { app, url, stopped: drainOnSignal(app) }
}

function drainOnSignal(app: FastifyInstance): Promise<number> {
  return new Promise(resolve => {
    let draining = false
    const finish = (code: number) => {
      for (const signal of signals) process.removeListener(signal, onSignal)
      resolve(code)
    }
    const onSignal = (signal: NodeJS.Signals) => {
      if (draining) return finish(1)
      draining = true
      app.log.info({ signal }, 'draining')
      setTimeout(() => finish(1), drainLimitMs).unref()
      app.close().then(
        () => finish(0),
        error => {
          app.log.error({ err: error }, 'the server could not close')
          finish(1)
        }
      )
    }
    for (const signal of signals) process.on(signal, onSignal)
  })
}

const signals = ['SIGTERM', 'SIGINT'] as const
