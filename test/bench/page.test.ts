import t from 'tap'
import { merged } from '../../bench/page.ts'
import type { Results } from '../../bench/results.ts'

const run = (commit: string, ...names: string[]): Results => {
  return {
    date: '2026-01-02T03:04:05.678Z',
    machine: { cores: 2, model: 'CPU', memoryGigabytes: 8, system: 'Linux', node: 'v20', commit },
    rounds: 5,
    seconds: 5,
    isSmoke: false,
    figures: names.map(name => ({ name, title: name, lines: [], notes: [`of ${commit}`] })),
    skipped: []
  }
}

t.test('a run of every figure replaces all results', async t => {
  const fresh = run('new', 'me', 'scale', 'start')
  t.equal(merged(run('old', 'me', 'start'), fresh), fresh)
})

t.test('a run of some figures replaces only those, which say which commit they are from', async t => {
  const { machine, figures } = merged(run('old', 'me', 'start'), run('new', 'start', 'scale'))
  t.equal(machine.commit, 'old')
  const own = 'Measured on its own: 2026-01-02, 2 cores (CPU), 8 GB, Linux, Node v20, commit new; 5 rounds, 5 s each.'
  t.strictSame(
    figures.map(({ name, notes }) => [name, notes]),
    [
      ['me', ['of old']],
      ['start', ['of new', own]],
      ['scale', ['of new', own]]
    ]
  )
})
