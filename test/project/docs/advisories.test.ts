import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { namedTests, pathOf, scenarioTests } from '../../../scripts/test-names.ts'
import { standards } from '../../conformance/standards.ts'
import { cvssScore, severityOf } from '../../support/cvss.ts'

const root = join(import.meta.dirname, '../../..')
const page = readFileSync(join(root, 'docs/evidence/advisories.md'), 'utf8')
const tests = [...namedTests(root), ...scenarioTests(standards)]

interface Advisory {
  id: string
  severity: string
  attack: string
  test: string
}

const advisories: Advisory[] = Array.from(page.matchAll(/^\| (SP-.*?) *\|$/gm), ([, row = '']) => {
  const [id = '', severity = '', attack = '', test = ''] = row.split(/ +\| +/)
  return { id, severity, attack, test }
})

function problemsOf({ id, severity: cell, attack, test }: Advisory): string[] {
  const [, severity, score, vector = ''] = /^(\w+) \[(\d+\.\d)\]\(https:[^)#]+#([^)]+)\)$/.exec(cell) ?? []
  const computed = cvssScore(vector)
  const cited = Array.from(test.matchAll(/\[([^\]]+)\]\(\.\.\/\.\.\/([^)]+)\)/g), ([, name = '', file]) => ({
    name,
    file
  }))
  const count = ({ name, file }: (typeof cited)[number]) =>
    tests.filter(one => pathOf(one.file) === file && one.name.includes(name)).length
  return [
    ...(attack ? [] : [`${id} has no attack`]),
    ...(Number(score) === computed ? [] : [`${id} has the score ${score}, and its vector ${computed}`]),
    ...(severity === severityOf(computed)
      ? []
      : [`${id} is called ${severity}, and its score is ${severityOf(computed)}`]),
    ...(cited.length > 0 ? [] : [`${id} cites no test`]),
    ...cited.filter(one => count(one) !== 1).map(one => `${id} cites ${count(one)} tests of ${one.file}: ${one.name}`)
  ]
}

t.test('Each advisory has an attack, the severity of its vector, and a test that exists', async t => {
  const ids = advisories.map((_, index) => `SP-2026-${String(index + 1).padStart(3, '0')}`)
  t.ok(ids.length > 80)
  t.strictSame(advisories.map(({ id }) => id).sort(), ids)
  t.strictSame(advisories.flatMap(problemsOf), [])
})
