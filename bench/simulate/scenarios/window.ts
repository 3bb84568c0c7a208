import { arrivals } from '../core/arrivals.ts'
import { createClock } from '../core/clock.ts'
import { createLatencies, type Percentiles } from '../core/latencies.ts'
import { createRandom } from '../core/random.ts'
import { assumed } from '../model/assumptions.ts'
import type { Rates } from '../model/demand.ts'
import type { LoginEnd } from '../model/node.ts'
import { poolSize, type Size } from '../model/size.ts'
import { createSystem } from '../model/system.ts'

/** What happened in a window of time. Latencies are seconds at the server, shares are from 0 to 1. */
export interface Window {
  /** The first attempt of a login, if it was not refused. */
  login: Percentiles
  /** From the first attempt to the tokens, with all repetitions. */
  loginInAll: Percentiles
  refresh: Percentiles
  read: Percentiles
  /** Share of the attempts to log in that the hash queue refused. */
  shed: number
  /** Share of the time in which each resource was in use. */
  use: { hash: number; loop: number; pool: number; database: number; log: number }
  perSecond: { commits: number; flushes: number; walBytes: number; pagesRead: number }
  mostUnsealed: number
  /** Requests that arrived, and those of them that ended. */
  inside: { arrived: number; ended: number }
}

/**
 * Simulates a deployment at constant rates for `seconds`, after `warmUp` seconds that do not count. A client whose
 * login is refused repeats it after the assumed wait.
 */
export function simulateWindow({
  size,
  rates,
  seconds,
  warmUp = Math.min(2, seconds),
  seed = 1
}: {
  size: Size
  rates: Rates
  seconds: number
  warmUp?: number
  seed?: number
}): Window {
  const world = { clock: createClock(), random: createRandom(seed) }
  const { clock, random } = world
  const system = createSystem(world, size)
  const end = warmUp + seconds
  const latencies = {
    login: createLatencies(),
    loginInAll: createLatencies(),
    refresh: createLatencies(),
    read: createLatencies()
  }
  const attempts = { all: 0, shed: 0 }
  const counts = (arrived: number) => arrived >= warmUp

  function logIn(isRight: boolean, first = clock.now(), begun = clock.now()) {
    system.logIn(isRight, (how: LoginEnd) => {
      const isShed = how === 'full' || how === 'timeout'
      if (counts(begun)) {
        attempts.all++
        if (isShed) attempts.shed++
        else if (how === 'done' && begun === first) latencies.login.add(clock.now() - first)
        if (how === 'done' && counts(first)) latencies.loginInAll.add(clock.now() - first)
      }
      const wait = assumed('retrySeconds')
      if (isShed) clock.after(random.between(wait, 2 * wait), () => logIn(isRight, first))
    })
  }
  const timed = (kind: 'refresh' | 'read') => () => {
    const arrived = clock.now()
    system[kind](() => {
      if (counts(arrived)) latencies[kind].add(clock.now() - arrived)
    })
  }

  arrivals(world, rates.logins, end, () => logIn(true))
  arrivals(world, rates.failures, end, () => logIn(false))
  arrivals(world, rates.refreshes, end, timed('refresh'))
  arrivals(world, rates.reads, end, timed('read'))
  clock.runUntil(warmUp)
  const before = system.totals()
  clock.runUntil(end)
  const after = system.totals()
  const { nodes, hashCores, databaseCores } = size
  const used = (name: 'hashed' | 'looped' | 'pooled' | 'queried', servers: number) =>
    (after[name] - before[name]) / seconds / servers
  const perSecond = (name: 'commits' | 'flushes' | 'bytes') => (after.log[name] - before.log[name]) / seconds
  return {
    login: latencies.login.percentiles(),
    loginInAll: latencies.loginInAll.percentiles(),
    refresh: latencies.refresh.percentiles(),
    read: latencies.read.percentiles(),
    shed: attempts.all === 0 ? 0 : attempts.shed / attempts.all,
    use: {
      hash: used('hashed', nodes * hashCores),
      loop: used('looped', nodes),
      pool: used('pooled', nodes * poolSize),
      database: used('queried', databaseCores),
      log: perSecond('flushes') * (assumed('flushMs') / 1000) + perSecond('bytes') / (assumed('diskMegabytes') * 1e6)
    },
    perSecond: {
      commits: perSecond('commits'),
      flushes: perSecond('flushes'),
      walBytes: perSecond('bytes'),
      pagesRead: (after.pagesRead - before.pagesRead) / seconds
    },
    mostUnsealed: after.mostUnsealed,
    inside: system.inside()
  }
}
