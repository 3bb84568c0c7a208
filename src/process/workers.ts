import cluster, { type Worker } from 'node:cluster'
import type { Registry } from 'prom-client'
import { build } from '../app.ts'
import type { Terminal } from '../commands/terminal.ts'
import { addressOf, localUrl } from '../config/addresses.ts'
import type { Config } from '../config/config.ts'
import { loggerOptions } from '../logging/logging.ts'
import { announce, type BannerOptions, firstLines } from './banner.ts'
import { processSignals, type StopSignal, type StopSource, stoppable } from './draining.ts'
import { closeHandedConnections } from './handed-connections.ts'
import { type ServeOptions, serve } from './server.ts'

const restartDelayMs = 1000

/**
 * Runs `config.workers` processes behind one listener, replaces those that die, and forwards signals to them. The
 * database is migrated and has its first key before a worker starts; metrics are summed over all workers. Resolves to
 * the exit code once all have drained, or to 1 when one cannot start, after a warning that says why. Throws the errors
 * of `build` and `listenForMetrics`.
 */
export async function superviseWorkers(
  config: Config,
  { print, warn }: Pick<Terminal, 'print' | 'warn'>,
  options: BannerOptions
): Promise<number> {
  const { isTerminal = false } = options
  const { app, lines, metrics } = await stoppable(processSignals, () => prepare(config, options))
  const problems = new Set<string>()
  const onReady = (url: string) => announce(app, url, config, lines, { isTerminal, print })
  const onDeath = (about: object) => app.log.error(about, 'a worker died; starting another')
  const onProblem = (problem: string) => problems.add(problem)
  const code = await new Promise<number>(onEnd => supervise(config, { onReady, onDeath, onProblem, onEnd }))
  metrics?.close()
  // Once, although all workers usually have the same one.
  for (const problem of problems) warn(problem)
  return code
}

async function prepare(config: Config, options: BannerOptions) {
  // Each worker hashes its share.
  const { hashConcurrency } = shareOf(config)
  const { isTerminal = false } = options
  const app = await build({ config: { ...config, hashConcurrency } }, { logger: loggerOptions(config, { isTerminal }) })
  const lines = await firstLines(app, config, options)
  await app.close()
  const metrics = config.metrics === undefined ? undefined : await listenForSum(config.metrics)
  return { app, lines, metrics }
}

function supervise(
  { workers: count }: Config,
  events: {
    onReady(url: string): void
    onDeath(about: object): void
    onProblem(problem: string): void
    onEnd(code: number): void
  }
) {
  const workers = new Set<Worker>()
  let [ready, worst] = [0, 0]
  let stopping: StopSignal | undefined

  function start() {
    if (stopping) return
    const worker = cluster.fork()
    let problem: string | undefined
    workers.add(worker)
    closeHandedConnections(worker)
    worker.on('message', message => {
      problem ??= message.problem
    })
    worker.once('listening', ({ address, port }) => {
      if (++ready === count) events.onReady(localUrl(address, port))
      // A worker that had not loaded its program when the signal came has lost the message.
      if (stopping) tell(worker, stopping)
    })
    worker.once('exit', (code, signal) => onExit(worker, { code, signal, problem }))
  }

  function onExit(worker: Worker, end: { code: number | null; signal: string | null; problem: string | undefined }) {
    workers.delete(worker)
    if (ready >= count && !stopping) {
      events.onDeath({ worker: worker.process.pid, ...end })
      setTimeout(start, restartDelayMs)
      return
    }
    worst = Math.max(worst, end.code ?? 1)
    if (end.problem !== undefined) events.onProblem(end.problem)
    // Before all workers have been up once, a worker ends because of the settings.
    if (stopping) endIfLast()
    else stop('SIGTERM')
  }

  function endIfLast() {
    if (workers.size > 0) return
    removeHandlers()
    events.onEnd(worst)
  }

  function stop(signal: StopSignal) {
    // Node.js also ends the workers.
    if (stopping) process.exit(1)
    stopping = signal
    for (const worker of workers) tell(worker, signal)
    // No worker may be running, when all have died and wait for their restart.
    endIfLast()
  }

  const removeHandlers = processSignals(stop)
  for (let n = 0; n < count; n++) start()
}

function tell(worker: Worker, signal: StopSignal) {
  // The channel may close before the message is written. Without a callback, that would be an uncaught error.
  if (worker.isConnected()) worker.send({ stop: signal }, () => {})
}

/**
 * Runs one worker: a server with its share of the limits, which stops when the supervisor says so. Resolves to the exit
 * code. Tells the supervisor the errors of `settings` and `serve`, in the words of `describe`.
 */
export async function work(
  settings: () => Config,
  describe: (error: unknown) => string,
  options: Omit<ServeOptions, 'stopSource'>
): Promise<number> {
  let code = 1
  try {
    const { app, stopped } = await serve(shareOf(settings()), undefined, { ...options, stopSource: fromSupervisor })
    if (app.metrics.registry) await answerSupervisor(app.metrics.registry)
    code = await stopped
  } catch (error) {
    cluster.worker?.send({ problem: describe(error) })
  }
  // Otherwise the channel would keep the process alive.
  cluster.worker?.disconnect()
  return code
}

const fromSupervisor: StopSource = stop => {
  function onMessage(message: { stop?: StopSignal }) {
    if (message.stop) {
      // It may come twice: while the worker starts, and when it listens.
      process.off('message', onMessage)
      stop(message.stop)
    }
  }
  process.on('message', onMessage)
  // A terminal sends signals to the whole process group, but only the supervisor handles them.
  const stopIgnoring = processSignals(ignore)
  return () => {
    stopIgnoring()
    process.off('message', onMessage)
  }
}

const ignore = () => {}

async function answerSupervisor(registry: Registry) {
  const { AggregatorRegistry } = (await import('prom-client')).default
  AggregatorRegistry.setRegistries(registry)
  new AggregatorRegistry()
}

async function listenForSum(address: string) {
  const { AggregatorRegistry } = (await import('prom-client')).default
  const all = new AggregatorRegistry()
  const { listenForMetrics } = await import('./metrics-listener.ts')
  return listenForMetrics({ contentType: all.contentType, metrics: () => all.clusterMetrics() }, addressOf(address))
}

function shareOf(config: Config): Config {
  return { ...config, hashConcurrency: Math.ceil(config.hashConcurrency / config.workers) }
}
