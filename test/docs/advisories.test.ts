import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type NamedTest, namedTests, pathOf, scenarioTests } from '../../scripts/test-names.ts'
import { standards } from '../conformance/standards.ts'
import { cvssScore, severityOf } from '../support/cvss.ts'

const root = join(import.meta.dirname, '..', '..')
const page = readFileSync(join(root, 'docs/security/advisories.md'), 'utf8')
const tests = [...namedTests(root), ...scenarioTests(standards)]
const bands = ['critical', 'high', 'medium', 'low']
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

/** The counts that a table states: the cells of each row by the name in its first cell, without the stars. */
const countsIn = (text: string) =>
  Object.fromEntries(
    Array.from(text.matchAll(/^\| ([^|]+?) +\|((?: +\d+ +\|)+)$/gm), ([, name = '', cells = '']) => [
      name.replaceAll('*', ''),
      cells.split('|').slice(0, -1).map(Number)
    ])
  )

/** The counts of the advisories: by kind, in all, and by what is affected. */
function countsOf(advisories: Advisory[]) {
  const severity = ({ has }: Advisory) => has.get('Severity')?.split(',')[0]
  const row = (some: Advisory[]) => [
    ...bands.map(band => some.filter(one => severity(one) === band).length),
    some.length
  ]
  const by = (member: string) =>
    [...new Set(advisories.map(({ has }) => has.get(member)))].map(
      value => [value, row(advisories.filter(({ has }) => has.get(member) === value))] as const
    )
  return Object.fromEntries([...by('Kind'), ['all', row(advisories)], ...by('Affected')])
}

t.test('the ids of the advisories are unique and ascend without a gap', async t => {
  const ids = advisoriesOf(page).map(({ id }) => id)
  t.ok(ids.length > 30)
  t.strictSame(
    ids,
    ids.map((_, n) => `SP-2026-${String(n + 1).padStart(3, '0')}`)
  )
})

t.test('each advisory has every member, the severity of its vector, and a test that exists', async t => {
  t.strictSame(
    advisoriesOf(page).flatMap(one => problemsOf(one, tests)),
    []
  )
})

t.test('the tables of the summary count the advisories', async t => {
  t.strictSame(countsIn(page), countsOf(advisoriesOf(page)))
})

t.test('a missing member, a wrong score, another severity and a test that is gone are problems', async t => {
  const entry = (severity: string, test: string) =>
    advisoriesOf(
      `### SP-1: Title\n\n- **Severity**: ${severity}\n- **Kind**: k\n- **Affected**: a\n- **Fix**: f\n${test}`
    )
  const vector = '`CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H`'
  const here = '- **Attack**: An\n  attack.\n- **Test**: `test/a.test.ts`: "holds"\n'
  const all = [{ file: 'a.test.ts', name: 'holds' }]
  const problems = (...given: Parameters<typeof entry>) => entry(...given).flatMap(one => problemsOf(one, all))
  t.same(problems(`high, 7.5, ${vector}`, here), [])
  t.same(problems(`high, 7.6, ${vector}`, here), ['SP-1 has the score 7.6, and its vector 7.5'])
  t.same(problems(`medium, 7.5, ${vector}`, here), ['SP-1 is called medium, and its score is high'])
  t.same(problems(`high, 7.5, ${vector}`, here.replace('holds', 'held')), ['SP-1 cites a test that is not there'])
  const second = '- **Test**: `test/a.test.ts`: "holds too"\n'
  t.same(problems(`high, 7.5, ${vector}`, second + here), ['SP-1 cites a test that is not there'])
  t.same(problems(`high, 7.5, ${vector}`, here.replace('Attack', 'Attacks')), ['SP-1 has no Attack'])
  t.notSame(countsIn('| k | 0 | 0 | 1 | 0 | 1 |'), countsOf(entry(`high, 7.5, ${vector}`, here)))
})

t.test('scores and severities are those of the examples of CVSS 3.1', async t => {
  for (const [vector, score, severity] of [
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 9.8, 'critical'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H', 10, 'critical'],
    ['CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N', 6.4, 'medium'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N', 6.1, 'medium'],
    ['CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N', 3.1, 'low'],
    ['CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 6.8, 'medium'],
    ['CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L', 4.2, 'medium'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N', 0, 'none']
  ] as const) {
    t.equal(cvssScore(vector), score, vector)
    t.equal(severityOf(score), severity)
  }
  t.ok(Number.isNaN(cvssScore('CVSS:4.0/AV:N')))
})
