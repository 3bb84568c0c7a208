import t from 'tap'
import { atLeast, line } from '../../../bench/figures/figure.ts'
import { refusal } from '../../../bench/refusal.ts'

const ratio = (values: number[]) => line('to-bare', 'own ÷ bare', '×', values, atLeast(1, 2))

t.test(
  'A followed ratio whose quartiles differ by more than a quarter of its median must not be published',
  async t => {
    t.equal(refusal({ lines: [ratio([1, 3.6, 4, 4.6, 9])] }, 0), undefined)
    t.equal(refusal({ lines: [ratio([1, 3.6, 4, 4.7, 9])] }, 0), '"own ÷ bare" differs by 28 % between rounds')
  }
)

t.test('Lines without a goal, and those that are no ratio, may differ', async t => {
  const lines = [line('a', 'a', '×', [1, 9]), line('b', 'b', 'ms', [1, 9], atLeast(1, 2))]
  t.equal(refusal({ lines }, 0), undefined)
})

t.test('A figure during which other processes used more than 5 % of a core must not be published', async t => {
  t.equal(refusal({ lines: [] }, 0.05), undefined)
  t.equal(refusal({ lines: [] }, 0.12), 'other processes used 12 % of a core')
  t.equal(refusal({ lines: [] }, Number.NaN), undefined, 'where the system does not tell')
})
