import { markdownTable } from '../../scripts/markdown-table.ts'

/** The figures of one fault: the sums of all times that it came, and the longest wait of all, in milliseconds. */
export interface Row {
  fault: string
  engine: string
  times: number
  acknowledged: number
  lost: number
  refused: number
  longestMs: number
  /** Why the fault cannot come here. */
  missing?: string
}

export type Tally = ReturnType<typeof createTally>

/**
 * Counts the acknowledged writes and the requests answered with 503 while a fault lasts, and measures the longest time
 * without an acknowledged write.
 */
export function createTally(engine: string) {
  const rows = new Map<string, Row>()
  let current: Row | undefined
  let lastAt = 0

  function acknowledged() {
    if (!current) return
    const now = performance.now()
    current.longestMs = Math.max(current.longestMs, now - lastAt)
    current.acknowledged++
    lastAt = now
  }

  const rowOf = (fault: string): Row => {
    const row = rows.get(fault) ?? { fault, engine, times: 0, acknowledged: 0, lost: 0, refused: 0, longestMs: 0 }
    rows.set(fault, row)
    return row
  }

  return {
    acknowledged,
    refused() {
      if (current) current.refused++
    },
    lost(count: number) {
      if (current) current.lost += count
    },
    begin(fault: string) {
      current = rowOf(fault)
      current.times++
      lastAt = performance.now()
    },
    end() {
      if (current) current.longestMs = Math.max(current.longestMs, performance.now() - lastAt)
      current = undefined
    },
    missing(fault: string, why: string) {
      rowOf(fault).missing = why
    },
    rows: () => [...rows.values()]
  }
}

/** The table of all faults. */
export const formatRows = (rows: Row[]) =>
  markdownTable(
    ['fault', 'engine', 'times', 'acknowledged', 'lost', 'refused', 'longest wait'],
    rows.map(({ fault, engine, times, acknowledged, lost, refused, longestMs, missing }) =>
      missing === undefined
        ? [fault, engine, times, acknowledged, lost, refused, `${Math.round(longestMs)} ms`]
        : [fault, engine, missing, '', '', '', '']
    )
  )
