import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { markdownTable } from './markdown-table.ts'
import { type Requirement, type SecurityStandard, states } from './security-requirements.ts'
import { citedBy, type NamedTest, pathOf } from './test-names.ts'
import { wrapped } from './wrapped.ts'

const requirementsOf = ({ chapters }: SecurityStandard) => chapters.flatMap(({ requirements }) => requirements)

/** The tests of a requirement: those that its row names, and those that cite it in a name that no row has. */
export function testsOf(standard: SecurityStandard, row: Requirement, tests: NamedTest[]): NamedTest[] {
  const named = (one: Requirement, { name }: NamedTest) => one.tests.includes(name)
  const sameNumber = requirementsOf(standard).filter(({ id }) => id === row.id)
  return tests.filter(
    test =>
      named(row, test) ||
      (row === sameNumber[0] &&
        citedBy(standard.cite, test.name).includes(row.id) &&
        !sameNumber.some(one => named(one, test)))
  )
}

/**
 * The problems of the rows: a requirement that is met without a test or a place, a test or a file that does not
 * exist, and a test that cites a requirement that the chapters of the table lack. `root` is the folder of the project.
 */
export function securityProblems(standards: SecurityStandard[], tests: NamedTest[], root: string): string[] {
  const names = new Set(tests.map(({ name }) => name))
  return standards.flatMap(standard => [
    ...requirementsOf(standard).flatMap(row => {
      const at = `${standard.cite} ${row.id}`
      return [
        ...row.tests.filter(name => !names.has(name)).map(name => `${at} names a test that is missing: ${name}`),
        ...row.where
          .filter(path => !existsSync(join(root, path)))
          .map(path => `${at} names a file that is missing: ${path}`),
        ...(row.state === 'met' && testsOf(standard, row, tests).length === 0 ? [`${at} is met, but by no test`] : []),
        ...(row.state === 'met' && row.where.length === 0 ? [`${at} is met, but nowhere`] : []),
        ...(row.state !== 'met' && !row.note ? [`${at} is ${row.state}, without a reason`] : [])
      ]
    }),
    ...tests.flatMap(({ name, file }) =>
      citedBy(standard.cite, name)
        .filter(number => standard.covers.test(number))
        .filter(number => !requirementsOf(standard).some(row => row.id === number))
        .map(number => `${pathOf(file)} cites ${standard.cite} ${number}, which the table lacks`)
    )
  ])
}

const intro = `# ASVS and NIST SP 800-63B

Every requirement of [OWASP ASVS 5.0.0](https://github.com/OWASP/ASVS/tree/v5.0.0_release/5.0) of May 2025, all three
levels, but its chapters V5 and V17, and of [NIST SP 800-63B-4](https://doi.org/10.6028/NIST.SP.800-63B-4) of August 2025,
§2 to §4, with its state, its place in the source and its tests. Each is in our own words: read the text of the standard
before you rely on a line. \`docs/evidence/assurance.md\` has the summary, and what the states mean.`

/** The full list, for a release: every requirement with its state, its place in the code and its tests. */
export function renderSecurity(standards: SecurityStandard[], tests: NamedTest[]): string {
  const sections = standards.flatMap(standard => {
    const titles = [...new Set(requirementsOf(standard).map(({ section }) => section))]
    return titles.map(title => section(standard, title, tests))
  })
  return `${[intro, ...sections].join('\n\n')}\n`
}

/** The tables of `docs/evidence/assurance.md`: the requirements of each chapter by their state, and those not met. */
export function securitySummary(standards: SecurityStandard[]): string {
  const count = (rows: Requirement[]) => states.map(state => rows.filter(row => row.state === state).length)
  const tables = standards.map(standard => {
    const rows = standard.chapters.map(({ title, requirements }) => [title, ...count(requirements)])
    const all = requirementsOf(standard)
    const notMet = all.filter(({ state }) => state === 'not met').map(({ id, text }) => `- ${id}: ${text}`)
    return [
      markdownTable([standard.name, ...states], [...rows, ['all', ...count(all)]]),
      `Not met:\n\n${notMet.join('\n')}`
    ].join('\n\n')
  })
  const lacking = standards
    .flatMap(requirementsOf)
    .filter(({ level, state }) => level === '1' && (state === 'not met' || state === 'in part'))
    .map(({ id, state }) => `${id} (${state})`)
  const except = wrapped(`ASVS level 1 is met except for ${lacking.join(', ')}.`)
  return `\n${[...tables, except].join('\n\n')}\n`
}

function section(standard: SecurityStandard, title: string, tests: NamedTest[]) {
  const rows = requirementsOf(standard)
    .filter(row => row.section === title)
    .map(row => [
      row.id,
      row.level,
      row.note ? `${row.text}. *${row.note}*` : `${row.text}.`,
      row.state,
      row.where.map(path => `\`${path}\``).join('<br>'),
      testsOf(standard, row, tests)
        .map(({ name, file }) => `${escaped(name)} (\`${pathOf(file)}\`)`)
        .join('<br>')
    ])
  return [
    `## ${standard.name} ${title}`,
    markdownTable(['Number', 'Level', 'Requirement', 'State', 'Where', 'Tests'], rows)
  ].join('\n\n')
}

/** The name of a test as text in Markdown. */
const escaped = (name: string) => name.replace(/[<>*_`[\]{}\\]/g, '\\$&')
