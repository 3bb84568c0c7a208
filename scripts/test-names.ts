import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Standard } from '../test/conformance/scenarios.ts'
import { caseName, scenariosOf } from '../test/conformance/scenarios.ts'

/** A test with the name that it is registered under, and its file: below `test/`, or the path from the root. */
export interface NamedTest {
  name: string
  file: string
}

/** A call such as `t.test('name'` or `` pgTest(`name` ``. */
const call = /\b\w*[tT]est\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g

/** The name as people read it: without escapes, and with a word for each variable of a loop. */
const readable = (name: string) =>
  name
    .replaceAll('$' + '{engine}', 'both engines')
    .replace(/\$\{[^}]*\}/g, '…')
    .replace(/\\(.)/g, '$1')

/** The path from the root of the file of a test. */
export const pathOf = (file: string) => (/^(assurance|packages)\//.test(file) ? file : `test/${file}`)

/** The tests that the files below `test/`, `packages/` and `assurance/` in the folder `root` name in a call. */
export const namedTests = (root: string): NamedTest[] =>
  ['test', 'packages/client/test', 'assurance']
    .flatMap(folder =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter(file => file.endsWith('.test.ts'))
        .sort()
        .map(file => (folder === 'test' ? file : `${folder}/${file}`))
    )
    .flatMap(file =>
      Array.from(readFileSync(join(root, pathOf(file)), 'utf8').matchAll(call), ([, , name = '']) => ({
        name: readable(name),
        file
      }))
    )

/** The tests of the tables in `test/conformance/`. */
export const scenarioTests = (standards: Standard[]): NamedTest[] =>
  standards.flatMap(standard =>
    scenariosOf(standard).map(scenario => ({
      name: caseName(standard, scenario),
      file: `conformance/${standard.table}.ts`
    }))
  )

const cites = {
  ASVS: /ASVS (?:5\.0 )?(\d+\.\d+\.\d+(?:(?:, | and )\d+\.\d+\.\d+)*)/g,
  'NIST SP 800-63B-4': /NIST SP 800-63B-4 (§\d+(?:\.\d+)*(?:(?:, | and )§\d+(?:\.\d+)*)*)/g
}

/** The requirements of `standard` that the name of a test cites: `6.2.1` or `3.1.1.2`. */
export const citedBy = (standard: keyof typeof cites, name: string): string[] =>
  Array.from(name.matchAll(cites[standard]), ([, list]) => String(list).split(/, | and /))
    .flat()
    .map(number => number.replace('§', ''))
