import t from 'tap'
import { conformanceProblems } from '../../../scripts/cited-tests.ts'

t.test('A table may cite only tests that exist, in the file that it names', async t => {
  const standard = (...tests: [file: string, name: string][]) => ({
    name: 'RFC 1',
    title: 'x',
    date: 'May 2026',
    table: 'rfc1',
    scenarios: [
      { section: '§1', requirement: 'it answers', level: 'MUST' as const, run: async () => {} },
      { section: '§2', requirement: 'it works', level: 'MUST' as const, tests }
    ]
  })
  const tests = [{ file: 'a.test.ts', name: 'it works' }]
  t.strictSame(conformanceProblems([standard(['a.test.ts', 'it works'])], tests), [])
  t.strictSame(conformanceProblems([standard(['b.test.ts', 'it works'], ['a.test.ts', 'it worked'])], tests), [
    'RFC 1 cites a test that b.test.ts lacks: it works',
    'RFC 1 cites a test that a.test.ts lacks: it worked'
  ])
})
