import t from 'tap'
import { atLeast, line } from '../../bench/figures/figure.ts'
import { withEntry } from '../../bench/history.ts'
import type { Results } from '../../bench/results.ts'

const run = (commit: string, figures: Record<string, number>, model = 'CPU'): Results => {
  return {
    date: `when ${commit} was measured`,
    machine: { cores: 2, model, memoryGigabytes: 8, system: 'Linux', node: 'v20', commit },
    rounds: 1,
    seconds: 5,
    isSmoke: false,
    figures: Object.entries(figures).map(([name, value]) => ({
      name,
      title: name,
      lines: [line('ratio', 'ratio', '×', [value], atLeast(1, 2)), line('rate', 'rate', '1/s', [9])],
      notes: []
    })),
    skipped: []
  }
}

const shown = (history: ReturnType<typeof withEntry>) =>
  history.map(({ commit, lines }) => [commit, Object.entries(lines).map(([id, { median }]) => `${id} ${median}`)])

t.test('each commit has one entry, in which a figure that is measured again replaces its last values', async t => {
  let history = withEntry([], run('one', { me: 1, token: 2 }))
  t.strictSame(history, [
    {
      commit: 'one',
      date: 'when one was measured',
      model: 'CPU',
      lines: { 'me/ratio': { median: 1, min: 1, max: 1 }, 'token/ratio': { median: 2, min: 2, max: 2 } }
    }
  ])
  history = withEntry(withEntry(history, run('two', { me: 3 })), run('two', { token: 4 }))
  t.strictSame(shown(withEntry(history, run('two', { me: 5 }))), [
    ['one', ['me/ratio 1', 'token/ratio 2']],
    ['two', ['me/ratio 5', 'token/ratio 4']]
  ])
})

t.test('another machine has an entry of its own', async t => {
  const history = withEntry(withEntry([], run('one', { me: 1 })), run('one', { token: 2 }, 'other CPU'))
  t.strictSame(shown(history), [
    ['one', ['me/ratio 1']],
    ['one', ['token/ratio 2']]
  ])
})

t.test('a run in which nothing was published leaves no entry', async t => {
  t.strictSame(withEntry([], run('one', {})), [])
})
