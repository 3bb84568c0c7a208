import t from 'tap'
import { atLeast, line } from '../../../bench/figures/figure.ts'
import { merged, renderPage } from '../../../bench/page.ts'
import type { Results } from '../../../bench/report.ts'

const run = (commit: string, ...names: string[]): Results => {
  return {
    date: '2026-01-02T03:04:05.678Z',
    machine: { cores: 2, model: 'CPU', memoryGigabytes: 8, system: 'Linux', node: 'v20', commit },
    rounds: 5,
    seconds: 5,
    isSmoke: false,
    figures: names.map(name => ({ name, title: name, lines: [], notes: [] })),
    skipped: []
  }
}
const about = (commit: string) =>
  `2026-01-02, 2 cores (CPU), 8 GB, Linux, Node v20, commit ${commit}; 5 rounds, 5 s each`

t.test('A fresh run replaces its figures but a refused one, and each says which run it is from', async t => {
  const before = merged([], run('old', 'me', 'token', 'start'))
  const fresh = run('new', 'token', 'start', 'scale')
  for (const figure of fresh.figures) if (figure.name === 'token') figure.refused = 'it differs'
  t.strictSame(
    merged(before, fresh).map(({ name, run }) => [name, run]),
    [
      ['me', about('old')],
      ['token', about('old')],
      ['start', about('new')],
      ['scale', about('new')]
    ]
  )
})

t.test('The page has an item for each line with a goal, and the medians of the others', async t => {
  const lines = [
    line('to-bare', 'own ÷ bare', '×', [0.7, 0.8, 0.9], atLeast(0.75, 0.85)),
    line('slow', 'slow', '×', [0.5], atLeast(0.75, 0.85)),
    line('ratio', 'own ÷ peer', '×', [2]),
    line('own', 'own', '1/s', [9])
  ]
  const page = renderPage('A\n<!-- results -->old<!-- /results -->\nB', [
    {
      name: 'me',
      title: 'Me',
      lines,
      notes: ['32 connections.', 'Medians of the memory: own 60 MB.'],
      run: about('new')
    }
  ])
  t.match(page, '\n- own ÷ bare: 0.8 (0.7–0.9), reached ≥0.75\n')
  t.match(page, '\n- slow: 0.5 (0.5–0.5), missed ≥0.75\n')
  t.match(page, `Run 1: ${about('new').slice(0, 60)}`)
  t.match(page, 'Run 1. Medians: own 9 1/s. Medians of the memory: own 60 MB.')
  t.notMatch(page, 'old')
})
