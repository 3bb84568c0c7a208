import type { Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import type { EngineName } from '../support/engines.ts'
import { startWorld, type World } from './world.ts'

/** `decision`: the text is silent or two texts disagree, and this is what we chose. */
export type Level = 'MUST' | 'SHOULD' | 'decision'

/** One thing that a standard asks of a token server, and how it is shown that this one does it. */
export interface Scenario {
  /** `§5.2`, or with its own document in front, `RFC 9110 §11.1`, where the standard leans on another. */
  section: string
  /** In our own words, as a sentence about the server. */
  requirement: string
  level: Level
  settings?: Partial<Config>
  /** SQLite alone unless it matters which engine keeps the state. */
  engines?: readonly EngineName[]
  run(world: World, t: Test): Promise<void>
}

/** What a standard asks and nobody can ask of this server. */
export interface NotApplicable {
  section: string
  requirement: string
  why: string
}

/** A place where a standard can be read in two ways, or two of them disagree. */
export interface Reading {
  section: string
  question: string
  choice: string
}

/** A standard, or a part of it that has a test file of its own. */
export interface Standard {
  /** `RFC 6749`. */
  name: string
  title: string
  /** File name in `test/conformance/`. */
  table: string
  scenarios: Scenario[]
  notApplicable?: NotApplicable[]
  readings?: Reading[]
}

const caseName = ({ name }: Standard, { section, requirement }: Scenario) =>
  `${section.startsWith('RFC') ? section : `${name} ${section}`}: ${requirement}`

/** Registers every scenario as a test of its own, each against a fresh server on a socket. */
export function testStandard(t: Test, standard: Standard) {
  for (const scenario of standard.scenarios) {
    const { engines = ['sqlite'], settings = {} } = scenario
    for (const engine of engines) {
      const suffix = engines.length > 1 ? ` [${engine}]` : ''
      t.test(`${caseName(standard, scenario)}${suffix}`, async t => {
        await scenario.run(await startWorld(t, settings, engine), t)
      })
    }
  }
}
