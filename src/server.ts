import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { localUrl } from './addresses.ts'
import { build } from './app.ts'
import { type Config, ConfigError } from './config.ts'
import { loggerOptions } from './logging.ts'
import { listenForMetrics } from './metrics-listener.ts'
import { startTracing } from './tracing.ts'

const drainLimitMs = 10_000
/** So long before that limit the last connections are cut, as the store has to be closed too. */
const cutOffMs = drainLimitMs - 1000
const idleSweepMs = 50
const quietTurnMs = 0.1
const mostTurns = 1000
const signals = ['SIGTERM', 'SIGINT'] as const

/** A server that listens; `stopped` resolves to the exit code once it has drained. */
export interface RunningServer {
  app: FastifyInstance
  url: string
  stopped: Promise<number>
}

/**
 * Builds the service and listens on `config.host` and `config.port`, and for metrics where `config.metricsPort` says so.
 * On SIGTERM it lets proxies move on for `config.drainDelay` seconds, stops accepting, finishes what is in flight and
 * closes the store; on SIGINT the same without the delay. A second signal, or ten seconds, end the process at once with
 * exit code 1. Throws a ConfigError when it cannot listen there, and whatever `build` throws.
 */
export async function serve(
  config: Config,
  print: (line: string) => void,
  { isTerminal = false } = {}
): Promise<RunningServer> {
  const tracing = await startTracing(config)
  const app = await build({ config }, { logger: loggerOptions(config, { isTerminal }), tracing })
  try {
    await listen('', config, () => app.listen({ host: config.host, port: config.port }))
    if (config.metricsPort > 0) await serveMetrics(app, config)
  } catch (error) {
    await app.close()
    throw error
  }
  const url = urlOf(app.server.address())
  print(`Sallyport listens on ${url}`)
  print(`  API docs, with a button to log in: ${url}/docs`)
  print('  make the first account:            npx sallyport users create NAME --admin')
  return { app, url, stopped: drainOnSignal(app, config.drainDelay * 1000) }
}

const urlOf = (address: AddressInfo | string | null) => {
  const { address: host, port } = address as AddressInfo
  return localUrl(host, port)
}

async function serveMetrics(app: FastifyInstance, { metricsHost: host, metricsPort: port }: Config) {
  const server = await listen('METRICS_', { host, port }, () => listenForMetrics(app.metrics.registry, { host, port }))
  // After the last answer, so that the end of a drain can be seen too.
  app.server.once('close', () => {
    server.close()
    server.closeAllConnections()
  })
  app.log.info(`Metrics at ${urlOf(server.address())}/metrics`)
}

async function listen<T>(prefix: string, { host, port }: { host: string; port: number }, start: () => Promise<T>) {
  try {
    return await start()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const fault = listenFaults[String(code)] ?? message
    throw new ConfigError([`${prefix}HOST ${host} and ${prefix}PORT ${port} cannot be listened on: ${fault}`])
  }
}

const listenFaults: Record<string, string> = {
  EADDRINUSE: 'another process listens there already',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'the system reserves this port for privileged users'
}

function drainOnSignal(app: FastifyInstance, delayMs: number): Promise<number> {
  return new Promise(resolve => {
    function onSignal(signal: NodeJS.Signals) {
      // Not a matter of closing sockets: a hash or a query in flight would still keep the process alive.
      if (app.drain.hasBegun) process.exit(1)
      app.drain.begin()
      app.log.info({ signal }, 'draining')
      // Whoever presses Ctrl-C has no proxy that would have to notice first.
      drain(app, signal === 'SIGTERM' ? delayMs : 0).then(code => {
        for (const name of signals) process.removeListener(name, onSignal)
        resolve(code)
      })
    }
    for (const name of signals) process.on(name, onSignal)
  })
}

async function drain(app: FastifyInstance, delayMs: number): Promise<number> {
  const limit = setTimeout(() => process.exit(1), drainLimitMs).unref()
  // Who has sent half a request, or does not read its answer, keeps a connection busy for as long as it likes.
  const cutOff = setTimeout(() => app.server.closeAllConnections(), cutOffMs).unref()
  await sleep(delayMs)
  await stopListening(app)
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
  clearTimeout(cutOff)
  clearInterval(sweep)
  return code
}

/**
 * Closes the listening socket when nobody waits on it: the system resets connections that were made and not yet accepted,
 * and a proxy cannot know that their requests were never read. A turn of the event loop accepts all there are, so the
 * socket is closed right after a turn in which there was nothing else to do.
 */
async function stopListening(app: FastifyInstance) {
  for (let turn = 0; turn < mostTurns; turn++) {
    const begun = performance.now()
    await nextTurn()
    if (performance.now() - begun < quietTurnMs) break
  }
  app.server.close()
}
