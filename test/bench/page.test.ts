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

const own = (commit: string) =>
  `Measured on its own: 2026-01-02, 2 cores (CPU), 8 GB, Linux, Node v20, commit ${commit}; 5 rounds, 5 s each.`
const notes = ({ figures }: Results) => Object.fromEntries(figures.map(({ name, notes }) => [name, notes]))

t.test('a run of every figure replaces all results', async t => {
  const fresh = run('new', 'me', 'scale', 'start')
  t.strictSame(merged(run('old', 'me', 'start'), fresh), fresh)
})

t.test('a run of some figures replaces only those, which say which commit they are from', async t => {
  const results = merged(run('old', 'me', 'token', 'growth', 'start'), run('new', 'start', 'scale'))
  t.equal(results.machine.commit, 'old')
  t.strictSame(notes(results), {
    me: ['of old'],
    token: ['of old'],
    growth: ['of old'],
    start: ['of new', own('new')],
    scale: ['of new', own('new')]
  })
})

t.test('a refused figure keeps its last published values, which say which commit they are from', async t => {
  const fresh = run('new', 'me', 'token', 'start', 'scale')
  for (const figure of fresh.figures) if (['token', 'scale'].includes(figure.name)) figure.refused = 'it differs'
  const results = merged(run('old', 'me', 'token', 'start'), fresh)
  t.equal(results.machine.commit, 'new')
  t.strictSame(Object.keys(notes(results)), ['me', 'token', 'start'], 'what was never published is left out')
  t.strictSame(notes(results), { me: ['of new'], token: ['of old', own('old')], start: ['of new'] })

  const again = merged(results, { ...fresh, machine: { ...fresh.machine, commit: 'newest' } })
  t.strictSame(notes(again).token, ['of old', own('old')], 'the first note stays')
})
