import { shown } from '../numbers.ts'
import type { Spread } from '../stats.ts'
import { nameOf, type Setup } from './scale-plan.ts'

/** The results of one setup: its rate divided by the reference's, and the medians of its latencies in milliseconds. */
export interface Point extends Setup {
  ratio: Spread
  p50: number
  p99: number
}

const distinct = <T>(values: T[]) => [...new Set(values)]
const ratioCell = ({ ratio: { median, min, max } }: Point) => `${shown(median)} (${shown(min)} – ${shown(max)})`
const latencyCell = ({ p50, p99 }: Point) => `${shown(p50)} / ${shown(p99)}`

/** A row for each path and network, and for each number of nodes a column of ratios and one of latencies. */
export function pointTable(points: Point[]): string[][] {
  const byName = new Map(points.map(point => [nameOf(point), point]))
  const counts = distinct(points.map(({ nodes }) => nodes))
  const counted = counts.map(nodes => (nodes === 1 ? '1 node' : `${nodes} nodes`))
  const rows = distinct(points.map(({ path, addedMs }) => JSON.stringify({ path, addedMs }))).map(row => {
    const { path, addedMs } = JSON.parse(row) as Omit<Setup, 'nodes'>
    const cells = (show: (point: Point) => string) =>
      counts.map(nodes => {
        const point = byName.get(nameOf({ path, nodes, addedMs }))
        return point ? show(point) : '–'
      })
    return [path, `${addedMs} ms`, ...cells(ratioCell), ...cells(latencyCell)]
  })
  return [['path', 'added', ...counted, ...counted.map(each => `p50 / p99 ms, ${each}`)], ...rows]
}
