import type { Cited, Scenario, Standard } from '../test/conformance/scenarios.ts'
import { standards } from '../test/conformance/standards.ts'
import { markdownTable } from './markdown-table.ts'
import { pathOf } from './test-names.ts'

const intro = `# Conformance

Every requirement of the standards for a token server that Sallyport follows, with the table of \`test/conformance/\` whose
test sends requests to a server, or with the other tests that prove it. MUST and SHOULD are the words of the standard. A
*decision* is ours, where a standard is silent or two standards disagree. Tests that change state run on SQLite and on
PostgreSQL.`

/** The full list, for a release: every requirement with its test, or the reason why it does not apply. */
export const renderConformance = (): string => `${[intro, ...standards.map(chapter)].join('\n\n')}\n`

/** The table of `docs/evidence/standards.md`: a row for each standard. */
export function standardsTable(): string {
  const rows = standards.map(({ name, title, date, scenarios, deviations = [], readings = [] }) => [
    `${name}, ${title}`,
    date,
    scenarios.length,
    deviations.length,
    readings.length
  ])
  return markdownTable(['Standard', 'Version of', 'Checked', 'Deviations', 'Readings'], rows)
}

function chapter({
  name,
  title,
  table: file,
  scenarios,
  notApplicable = [],
  deviations = [],
  readings = []
}: Standard) {
  const test = `\`test/conformance/${file}.ts\``
  const testsOf = (one: Scenario | Cited) => {
    if ('tests' in one) return one.tests.map(([file, name]) => `${name} (\`${pathOf(file)}\`)`).join('<br>')
    return test
  }
  const tested = scenarios.map(one => [one.section, sentence(one.requirement), one.level, testsOf(one)])
  return [
    `## ${name}: ${title}`,
    markdownTable(['Section', 'Requirement', 'Level', 'Test'], tested),
    ...(notApplicable.length === 0
      ? []
      : [
          '### Does not apply',
          markdownTable(
            ['Section', 'Requirement', 'Why'],
            notApplicable.map(({ section, requirement, why }) => [section, sentence(requirement), why])
          )
        ]),
    ...(deviations.length === 0
      ? []
      : [
          '### Deviations',
          markdownTable(
            ['Section', 'Requirement', 'Level', 'Why we do otherwise'],
            deviations.map(({ section, requirement, level, why }) => [section, sentence(requirement), level, why])
          )
        ]),
    ...(readings.length === 0
      ? []
      : [
          '### Where a text can be read in two ways',
          markdownTable(
            ['Section', 'Question', 'Our choice'],
            readings.map(({ section, question, choice }) => [section, question, choice])
          )
        ])
  ].join('\n\n')
}

/** A sentence with a capital, unless its first word is the name of a parameter or claim. */
const sentence = (text: string) => `${text.replace(/^[a-z]+(?=[ ,'-])/, word => capital(word))}.`
const capital = (word: string) => (names.has(word) ? word : `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
const names = new Set(['acr', 'alg', 'aud', 'issuer', 'nbf', 'scope', 'error', 'sub'])
