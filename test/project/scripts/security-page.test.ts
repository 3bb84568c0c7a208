import { fileURLToPath } from 'node:url'
import t from 'tap'
import { securityProblems } from '../../../scripts/security-page.ts'
import { type Requirement, readStandards, type SecurityStandard } from '../../../scripts/security-requirements.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const tests = [
  { name: 'it is so (ASVS 6.2.1)', file: 'a.test.ts' },
  { name: 'it is named', file: 'b.test.ts' }
]

const row = (members: Partial<Requirement> = {}): Requirement => ({
  id: '6.2.1',
  section: 'V6.2 Passwords',
  level: '1',
  state: 'met',
  text: 'It is so',
  where: ['package.json'],
  tests: [],
  ...members
})
const withoutFile = (members: Partial<Requirement>) => row({ ...members, where: [] })
const standard = (...requirements: Requirement[]): SecurityStandard[] => [
  { name: 'ASVS', cite: 'ASVS', covers: /^6\./, chapters: [{ title: 'V6', requirements }] }
]

t.test('A requirement that is met has a file and a test that exist, and another status has a reason', async t => {
  for (const [members, problems] of [
    [{}, []],
    [{ tests: ['it is named'] }, []],
    [{ where: [] }, ['ASVS 6.2.1 is met, but nowhere']],
    [{ where: ['package.json', 'src/none.ts'] }, ['ASVS 6.2.1 names a file that is missing: src/none.ts']],
    [{ tests: ['it is gone'] }, ['ASVS 6.2.1 names a test that is missing: it is gone']],
    [{ state: 'in part' }, ['ASVS 6.2.1 is in part, without a reason']],
    [{ state: 'not applicable', where: [], note: 'There is none.' }, []]
  ] as [Partial<Requirement>, string[]][]) {
    t.strictSame(securityProblems(standard(row(members)), tests, root), problems)
  }
  t.strictSame(securityProblems(standard(row(), row({ id: '6.2.2' })), tests, root), [
    'ASVS 6.2.2 is met, but by no test'
  ])
  t.strictSame(securityProblems(standard(withoutFile({ state: 'not met', note: 'Missing.' })), tests, root), [])
})

t.test('A test that cites a requirement of the chapters that the table lacks is a problem', async t => {
  const cites = (number: string) => [...tests, { name: `it is so (ASVS ${number})`, file: 'c.test.ts' }]
  t.strictSame(securityProblems(standard(row()), cites('6.9.9'), root), [
    'test/c.test.ts cites ASVS 6.9.9, which the table lacks'
  ])
  t.strictSame(securityProblems(standard(row()), cites('16.3.1'), root), [], 'another chapter')
})

t.test('A file of requirements with an unknown member or state is refused, with the place of the fault', async t => {
  for (const [members, place] of [
    [{ state: 'perhaps' }, '/requirements/0/state'],
    [{ tested: [] }, '/requirements/0/tested']
  ] as const) {
    const chapter = { title: 'V6', requirements: [{ ...row(), ...members }] }
    const folder = t.testdir({ 'asvs-v06.json': JSON.stringify(chapter) })
    t.throws(() => readStandards(folder), new RegExp(`asvs-v06\\.json#${place}: `))
  }
})
