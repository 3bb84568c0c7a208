import type { Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { startWorld, type World } from './world.ts'

/** `decision`: our choice where the standard is silent or two standards disagree. */
export type Level = 'MUST' | 'SHOULD' | 'decision'

/** A requirement of a standard for token servers, and the test that this server meets it. */
export interface Scenario {
  /** `§5.2`, or `RFC 9110 §11.1` for a requirement of another standard. */
  section: string
  /** In our own words, as a sentence about the server. */
  requirement: string
  level: Level
  settings?: Partial<Config>
  /** Starts the server, if `startWorld` does not do. */
  start?: typeof startWorld
  run(world: World, t: Test): Promise<void>
}

/** A requirement whose tests are elsewhere, each by its file, below `test/` or in `assurance/`, and its name. */
export interface Cited extends Pick<Scenario, 'section' | 'requirement' | 'level'> {
  tests: [file: string, name: string][]
}

export const cited = (section: string, level: Level, requirement: string, tests: Cited['tests']): Cited => ({
  section,
  level,
  requirement,
  tests
})

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

/** A standard, or a part of it with its own test file. */
export interface Standard {
  /** `RFC 6749`. */
  name: string
  title: string
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

/** Registers every scenario as a test, each against a fresh server on a socket. */
export function testStandard(t: Test, standard: Standard) {
  for (const scenario of scenariosOf(standard)) {
    const { settings = {}, start = startWorld } = scenario
    t.test(caseName(standard, scenario), async t => {
      await scenario.run(await start(t, settings), t)
    })
  }
}
