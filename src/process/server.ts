import cluster from 'node:cluster'
import type { FastifyInstance } from 'fastify'
import { build } from '../app.ts'
import { addressOf } from '../config/addresses.ts'
import type { Config } from '../config/config.ts'
import { loggerOptions } from '../logging/logging.ts'
import { announce, type BannerOptions, firstLines } from './banner.ts'
import { drainOn, processSignals, type StopSource, stoppable } from './draining.ts'
import { listenAt, urlOf } from './listening.ts'
import type { Metrics } from './metrics-listener.ts'
import { startTracing } from './tracing.ts'

/**
 * How long a stopping server serves on: a proxy that checks `/readyz` each second has noticed by then (milliseconds).
 */
export const noticeMs = 3000

/** A listening server; `stopped` resolves to the exit code once it has drained. */
export interface RunningServer {
  app: FastifyInstance
  url: string
  stopped: Promise<number>
}

/** The properties of the process in which `serve` runs. */
export interface ServeOptions extends BannerOptions {
  stopSource?: StopSource
}

/**
 * Builds the service and listens on `config.host` and `config.port`, and for metrics on `config.metrics` if set;
 * announces itself, if there is a `print`; stops as `drainOn` describes. Throws a ConfigError when it cannot listen,
 * and the errors of `build`.
 */
export async function serve(
  config: Config,
  print: ((line: string) => void) | undefined,
  { stopSource = processSignals, ...options }: ServeOptions = {}
): Promise<RunningServer> {
  const { isTerminal = false } = options
  const app = await stoppable(stopSource, () => start(config, isTerminal))
  const url = urlOf(app.server.address())
  const stopped = drainOn(stopSource, app, config.trustProxy.length > 0 ? noticeMs : 0)
  if (print) announce(app, url, config, await firstLines(app, config, options), { isTerminal, print })
  return { app, url, stopped }
}

async function start(config: Config, isTerminal: boolean): Promise<FastifyInstance> {
  const before = await startTracing(config)
  // The supervisor of workers has warned, or refused.
  const isJudged = cluster.isWorker
  const app = await build({ config }, { logger: loggerOptions(config, { isTerminal }), before, isJudged })
  try {
    await listenAt({ host: 'HOST', port: 'PORT' }, config, () => app.listen({ host: config.host, port: config.port }))
    // With workers, the supervisor serves the sum of their metrics.
    const { registry } = app.metrics
    if (registry && config.metrics !== undefined && !cluster.isWorker) await serveMetrics(app, registry, config.metrics)
  } catch (error) {
    await app.close()
    throw error
  }
  return app
}

async function serveMetrics(app: FastifyInstance, registry: Metrics, address: string) {
  const { listenForMetrics } = await import('./metrics-listener.ts')
  const { url, close } = await listenForMetrics(registry, addressOf(address))
  // Metrics can be read until the end of a drain.
  app.server.once('close', close)
  app.log.info(`Metrics at ${url}`)
}
