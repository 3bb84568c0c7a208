import type { Rates } from './demand.ts'
import { written } from './service-times.ts'

/** What the disk of the primary does in a second. */
export interface Disk {
  walBytes: number
  /** Pages that checkpoints write; fewer where changes meet on a page. */
  pagesWritten: number
}

/** The writes at these rates. */
export function writes({ logins, failures, refreshes }: Rates, isLarge: boolean): Disk {
  const sum = (name: 'bytes' | 'pages') =>
    logins * written('login', isLarge)[name] +
    (logins + failures) * written('failure', isLarge)[name] +
    refreshes * written('refresh', isLarge)[name] +
    ((logins + failures) * written('seal1000', isLarge)[name]) / 1000
  return { walBytes: sum('bytes'), pagesWritten: sum('pages') }
}
