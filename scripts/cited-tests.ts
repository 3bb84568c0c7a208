import type { Standard } from '../test/conformance/scenarios.ts'
import type { NamedTest } from './test-names.ts'

/** The tests that a table cites and that `tests` lacks. */
export const conformanceProblems = (standards: Standard[], tests: NamedTest[]): string[] =>
  standards.flatMap(({ name: standard, scenarios }) =>
    scenarios
      .flatMap(one => ('tests' in one ? one.tests : []))
      .filter(([file, name]) => !tests.some(test => test.file === file && test.name === name))
      .map(([file, name]) => `${standard} cites a test that ${file} lacks: ${name}`)
  )
