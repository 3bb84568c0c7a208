import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { renderSecurity, securityProblems, testsOf } from '../../scripts/security-page.ts'
import {
  parseRequirements,
  type Requirement,
  readStandards,
  type SecurityStandard
} from '../../scripts/security-requirements.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const tests = [
  { name: 'it is so (ASVS 6.2.1)', file: 'a.test.ts' },
  { name: 'it is named', file: 'b.test.ts' }
]

const row = (members: Partial<Requirement> = {}): Requirement => ({
  number: '6.2.1',
  level: '1',
  chapter: 'V6.2 Passwords',
  asks: 'It is so',
  status: 'met',
  where: ['package.json'],
  tests: [],
  ...members
})
const withoutFile = (members: Partial<Requirement>) => row({ ...members, where: [] })
const standard = (...requirements: Requirement[]): SecurityStandard[] => [
  { name: 'ASVS', cite: 'ASVS', covers: /^6\./, requirements }
]

t.test('a file of requirements has a chapter, a line for each requirement, and its members below it', async t => {
  const file = (...lines: string[]) =>
    parseRequirements('asvs.md', ['# ASVS', '', '## V6.2 Passwords', '', ...lines].join('\n'))
  const first = '- 6.2.1 (1) met: It is so'
  t.strictSame(
    file(
      first,
      '  - where: a.ts, b.ts',
      '  - test: one, of two',
      '  - test: two',
      '  - note: By name: so.',
      '- 2 (SHALL) not met: B'
    ),
    {
      requirements: [
        row({ where: ['a.ts', 'b.ts'], tests: ['one, of two', 'two'], note: 'By name: so.' }),
        row({ number: '2', level: 'SHALL', asks: 'B', status: 'not met', where: [] })
      ],
      problems: []
    }
  )
  for (const [line, problem] of [
    ['- 6.2.2 (1) mett: It is so', 'has an unknown status: mett'],
    ['- 6.2.2 (4) met: It is so', 'is not a requirement: - 6.2.2 (4) met: It is so'],
    ['  - files: a.ts', 'has an unknown or a second member: files'],
    ['  where: a.ts', 'is not a requirement:   where: a.ts']
  ] as const) {
    t.strictSame(file(first, line).problems, [`asvs.md:6 ${problem}`])
  }
  t.strictSame(file(first, '  - note: A', '  - note: B').problems, [
    'asvs.md:7 has an unknown or a second member: note'
  ])
  t.strictSame(file('  - note: A').problems, ['asvs.md:5 has a note before the first requirement'])
  t.strictSame(parseRequirements('asvs.md', first).problems, ['asvs.md:1 has a requirement before the first chapter'])
})

t.test('the requirements of the project are read without a problem', async t => {
  const { standards, problems } = readStandards(join(root, 'scripts/security-requirements'))
  t.same(problems, [])
  t.same(
    standards.map(({ cite, requirements }) => [cite, requirements.length > 70]),
    [
      ['ASVS', true],
      ['NIST SP 800-63B-4', true]
    ]
  )
})

t.test('a requirement that is met has a file and a test that exist, and another status has a reason', async t => {
  for (const [members, problems] of [
    [{}, []],
    [{ tests: ['it is named'] }, []],
    [{ where: [] }, ['ASVS 6.2.1 is met, but nowhere']],
    [{ where: ['package.json', 'src/none.ts'] }, ['ASVS 6.2.1 names a file that is missing: src/none.ts']],
    [{ tests: ['it is gone'] }, ['ASVS 6.2.1 names a test that is missing: it is gone']],
    [{ status: 'in part' }, ['ASVS 6.2.1 is in part, without a reason']],
    [{ status: 'not applicable', where: [], note: 'There is none.' }, []]
  ] as [Partial<Requirement>, string[]][]) {
    t.strictSame(securityProblems(standard(row(members)), tests, root), problems)
  }
  t.strictSame(securityProblems(standard(row(), row({ number: '6.2.2' })), tests, root), [
    'ASVS 6.2.2 is met, but by no test'
  ])
  t.strictSame(securityProblems(standard(withoutFile({ status: 'not met', note: 'Missing.' })), tests, root), [])
})

t.test('a test that cites a requirement of the chapters that the table lacks is a problem', async t => {
  const cites = (number: string) => [...tests, { name: `it is so (ASVS ${number})`, file: 'c.test.ts' }]
  t.strictSame(securityProblems(standard(row()), cites('6.9.9'), root), [
    'test/c.test.ts cites ASVS 6.9.9, which the table lacks'
  ])
  t.strictSame(securityProblems(standard(row()), cites('16.3.1'), root), [], 'another chapter')
})

t.test('a test stands where it is named; one that is only cited stands at the first row of its number', async t => {
  const [first, second] = [row(), row({ tests: ['it is named'] })]
  const found = (one: Requirement, all: Requirement[]) =>
    testsOf(standard(...all)[0] as SecurityStandard, one, tests).map(({ name }) => name)
  t.strictSame(found(first, [first, second]), ['it is so (ASVS 6.2.1)'])
  t.strictSame(found(second, [first, second]), ['it is named'])
  const both = row({ tests: ['it is so (ASVS 6.2.1)'] })
  t.strictSame(found(first, [first, both]), [])
})

t.test('the page has each requirement with its status, file and tests, and counts them', async t => {
  const page = renderSecurity(
    standard(
      row({ note: 'By name.' }),
      row({ number: '6.2.2', status: 'not met', note: 'Missing.' }),
      row({ number: '6.2.4', level: '2' }),
      withoutFile({ number: '6.2.3', level: '2', status: 'not applicable', note: 'There is none.' })
    ),
    tests
  )
  t.match(page, '| ASVS | 1 | 1 | 0 | 1 | 0 |')
  t.match(page, '| ASVS | 2 | 1 | 0 | 0 | 1 |')
  t.match(page, 'Level 1 of ASVS is met except for 6.2.2 (not met).')
  t.match(
    page,
    '| 6.2.1 | 1 | It is so. *By name.* | met | [package.json](../../package.json) | it is so (ASVS 6.2.1) ([a.test.ts](../../test/a.test.ts)) |'
  )
  t.match(page, '| 6.2.2 | 1 | It is so. *Missing.* | not met | [package.json](../../package.json) |  |')
  t.match(page, '| 6.2.4 | 2 | It is so. | met |')
  t.match(page, '| 6.2.3 | 2 | It is so. *There is none.* | not applicable |  |  |')
})
