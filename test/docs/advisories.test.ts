import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type NamedTest, namedTests, pathOf, scenarioTests } from '../../scripts/test-names.ts'
import { standards } from '../conformance/standards.ts'
import { cvssScore, severityOf } from '../support/cvss.ts'

const root = join(import.meta.dirname, '..', '..')
const page = readFileSync(join(root, 'docs/security/advisories.md'), 'utf8')
const tests = [...namedTests(root), ...scenarioTests(standards)]
const members = ['Severity', 'Kind', 'Affected', 'Attack', 'Fix', 'Test']

interface Advisory {
  id: string
  /** The text of each member, by its name, and of the last one if there are several. */
  has: Map<string, string>
  cited: string[]
}

const advisoriesOf = (text: string): Advisory[] =>
  text
    .split(/^### /m)
    .slice(1)
    .map(entry => {
      const found = Array.from(
        entry.replace(/\n {2}/g, ' ').matchAll(/^- \*\*(\w+)\*\*: (.*)$/gm),
        ([, name = '', value = '']) => [name, value] as const
      )
      const cited = found.flatMap(([name, value]) => (name === 'Test' ? [value] : []))
      return { id: entry.slice(0, entry.indexOf(':')), has: new Map(found), cited }
    })

function problemsOf({ id, has, cited }: Advisory, all: NamedTest[]): string[] {
  const [, severity, score, vector = ''] = /^(\w+), (\d+\.\d), `([^`]+)`$/.exec(has.get('Severity') ?? '') ?? []
  const computed = cvssScore(vector)
  const exists = (citation: string) => {
    const [, file, name] = /^`([^`]+)`: "(.+)"$/.exec(citation) ?? []
    return all.some(test => pathOf(test.file) === file && test.name === name)
  }
  return [
    ...members.filter(member => !has.get(member)).map(member => `${id} has no ${member}`),
    ...(Number(score) === computed ? [] : [`${id} has the score ${score}, and its vector ${computed}`]),
    ...(severity === severityOf(computed)
      ? []
      : [`${id} is called ${severity}, and its score is ${severityOf(computed)}`]),
    ...(cited.every(exists) ? [] : [`${id} cites a test that is not there`])
  ]
}

t.test('Each advisory has every member, the severity of its vector, and a test that exists', async t => {
  t.ok(advisoriesOf(page).length > 30)
  t.strictSame(
    advisoriesOf(page).flatMap(one => problemsOf(one, tests)),
    []
  )
})
