import t from 'tap'
import { citedBy, namedTests, scenarioTests } from '../../scripts/test-names.ts'

t.test('a test is found by the name in its call, in any quotes, and files that are no tests are not read', async t => {
  const test = {
    'a.test.ts': [
      "t.test('it works', async t => {})",
      't.test(',
      '  "the user\'s own name",',
      '  async t => {})',
      'pgTest(`on $' + '{engine}, $' + '{count} times`, {})',
      "t.test('it\\'s there', run)",
      't.test(name, run)'
    ].join('\n'),
    b: { 'b.test.ts': "test('below')" },
    'support.ts': "t.test('not a test')"
  }
  const folder = t.testdir({ test, assurance: { faults: { 'c.test.ts': "t.test('survives')" } } })
  t.strictSame(namedTests(folder), [
    { name: 'it works', file: 'a.test.ts' },
    { name: "the user's own name", file: 'a.test.ts' },
    { name: 'on both engines, … times', file: 'a.test.ts' },
    { name: "it's there", file: 'a.test.ts' },
    { name: 'below', file: 'b/b.test.ts' },
    { name: 'survives', file: 'assurance/faults/c.test.ts' }
  ])
})

t.test('the scenarios of a standard are tests of its table', async t => {
  const scenario = { section: '§5.2', requirement: 'it answers', level: 'MUST' as const, run: async () => {} }
  t.strictSame(scenarioTests([{ name: 'RFC 1', title: 'x', table: 'rfc1', scenarios: [scenario] }]), [
    { name: 'RFC 1 §5.2: it answers', file: 'conformance/rfc1.ts' }
  ])
})

t.test('a name cites requirements of ASVS and NIST, one or several', async t => {
  for (const [name, asvs, nist] of [
    ['it works (ASVS 6.2.1)', ['6.2.1'], []],
    ['it works (OWASP ASVS 5.0 6.2.5, 6.2.9 and 7.1.1)', ['6.2.5', '6.2.9', '7.1.1'], []],
    ['NIST SP 800-63B-4 §3.1.1.2: it works (ASVS 6.2.8)', ['6.2.8'], ['3.1.1.2']],
    ['it works (NIST SP 800-63B-4 §3.2.2, §4.2.3; RFC 6749 §5.2)', [], ['3.2.2', '4.2.3']],
    ['it works (ASVS V6.2, NIST SP 800-38D §8)', [], []]
  ] as const) {
    t.strictSame(citedBy('ASVS', name), asvs, name)
    t.strictSame(citedBy('NIST SP 800-63B-4', name), nist, name)
  }
})
