import type { Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { renew, startWorld, type World } from './world.ts'

/** `decision`: our choice where the standard is silent or two standards disagree. */
export type Level = 'MUST' | 'SHOULD' | 'decision'

/** A requirement of a standard for token servers, and the test that this server meets it. */
export interface Scenario extends Needs {
  /** `§5.2`, or `RFC 9110 §11.1` for a requirement of another standard. */
  section: string
  /** In our own words, as a sentence about the server. */
  requirement: string
  level: Level
  run(world: World, t: Test): Promise<void>
}

/** The server that a scenario needs. */
export interface Needs {
  settings?: Partial<Config>
  /** Starts the server, if `startWorld` does not do. */
  start?: (t: Test, settings: Partial<Config>) => Promise<World>
  /** Whether no other scenario may use its server, because this one changes keys or what the server remembers. */
  alone?: true
}

/** A requirement whose tests are elsewhere, each by its file, below `test/` or in `assurance/`, and its name. */
export interface Cited extends Pick<Scenario, 'section' | 'requirement' | 'level'> {
  tests: [file: string, name: string][]
}

/** Declares a requirement of this level, with its scenario or with the tests that prove it elsewhere. */
const atLevel = (level: Level) => {
  type Run<W> = (world: W, t: Test) => Promise<void>
  function require(section: string, requirement: string, tests: Cited['tests']): Cited
  function require<W extends World>(section: string, requirement: string, run: Run<W>): Scenario
  function require<W extends World>(section: string, requirement: string, needs: Needs, run: Run<W>): Scenario
  function require(
    section: string,
    requirement: string,
    given: Run<World> | Needs | Cited['tests'],
    run?: Run<World>
  ): Scenario | Cited {
    const declared = { section, requirement, level }
    if (Array.isArray(given)) return { ...declared, tests: given }
    if (typeof given === 'function') return { ...declared, run: given }
    return { ...declared, ...given, run: run as Run<World> }
  }
  return require
}

export const excluded = (section: string, requirement: string, why: string): NotApplicable => ({
  section,
  requirement,
  why
})

export const reading = (section: string, question: string, choice: string): Reading => ({ section, question, choice })

export const must = atLevel('MUST')
export const should = atLevel('SHOULD')
export const decision = atLevel('decision')

/** A requirement that does not apply to this server. */
export interface NotApplicable {
  section: string
  requirement: string
  why: string
}

/** A requirement that this server does not meet, on purpose. */
export interface Deviation extends NotApplicable {
  level: Exclude<Level, 'decision'>
}

/** A place where a standard can be read in two ways, or two of them disagree. */
export interface Reading {
  section: string
  question: string
  choice: string
}

/** A standard, or a part of it with its own table. Its scenarios need what it needs, and what they add. */
export interface Standard extends Omit<Needs, 'alone'> {
  /** `RFC 6749`. */
  name: string
  title: string
  /** When the version was published that the requirements are from. */
  date: string
  /** File name in `test/conformance/`. */
  table: string
  scenarios: (Scenario | Cited)[]
  notApplicable?: NotApplicable[]
  deviations?: Deviation[]
  readings?: Reading[]
}

/** The requirements of a standard whose test is in its table. */
export const scenariosOf = ({ scenarios }: Standard) => scenarios.filter(one => 'run' in one)

/** The name of a scenario's test. */
export const caseName = ({ name }: Standard, { section, requirement }: Scenario) =>
  `${/^(RFC|OpenID) /.test(section) ? section : `${name} ${section}`}: ${requirement}`

/**
 * Registers every scenario as a test. Scenarios with the same settings share a server, whose database each finds empty,
 * unless they are `alone`.
 */
export function testStandard(t: Test, standard: Standard) {
  const shared = new Map<string | Scenario, ReturnType<typeof sharedServer>>()
  for (const scenario of scenariosOf(standard)) {
    const { start = startWorld, ...needs } = { ...standard, ...scenario }
    const settings = { ...standard.settings, ...needs.settings }
    const key = scenario.alone ? scenario : `${start.name} ${JSON.stringify(settings)}`
    const server = shared.get(key) ?? sharedServer(t => start(t, settings))
    shared.set(key, server)
    server.scenarios++
    t.test(caseName(standard, scenario), async t => {
      t.teardown(() => server.leave())
      await scenario.run(await server.enter(), t)
    })
  }
}

/** A server that starts for the first scenario, and ends after the last. */
function sharedServer(start: (t: Test) => Promise<World>) {
  const ends: (() => unknown)[] = []
  let world: World | undefined
  return {
    scenarios: 0,

    async enter(): Promise<World> {
      if (world) return { ...world, alice: await renew(world) }
      world = await start({ teardown: (end: () => unknown) => ends.unshift(end) } as unknown as Test)
      return world
    },

    async leave() {
      if (--this.scenarios === 0) for (const end of ends) await end()
    }
  }
}
