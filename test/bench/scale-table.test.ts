import t from 'tap'
import type { Setup } from '../../bench/figures/scale-plan.ts'
import { type Point, pointTable } from '../../bench/figures/scale-table.ts'
import { spread } from '../../bench/stats.ts'

const point = (setup: Setup, ratios: number[]): Point => ({ ...setup, ratio: spread(ratios), p50: 12.34, p99: 149.6 })

t.test('a row has one path and network, and a column one number of nodes', async t => {
  const points = [
    point({ path: 'direct', nodes: 1, addedMs: 0 }, [1, 1, 1]),
    point({ path: 'direct', nodes: 2, addedMs: 0 }, [1.4, 1.8, 1.5555]),
    point({ path: 'direct', nodes: 1, addedMs: 2 }, [0.5]),
    point({ path: 'PgBouncer', nodes: 2, addedMs: 0 }, [1.2])
  ]
  t.strictSame(pointTable(points), [
    ['path', 'added', '1 node', '2 nodes', 'p50 / p99 ms, 1 node', 'p50 / p99 ms, 2 nodes'],
    ['direct', '0 ms', '1 (1 – 1)', '1.56 (1.4 – 1.8)', '12.3 / 150', '12.3 / 150'],
    ['direct', '2 ms', '0.5 (0.5 – 0.5)', '–', '12.3 / 150', '–'],
    ['PgBouncer', '0 ms', '–', '1.2 (1.2 – 1.2)', '–', '12.3 / 150']
  ])
})
