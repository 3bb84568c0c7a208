import { readFileSync } from 'node:fs'

/** The processes that the main thread of the process `pid` has started and that have not ended. */
export const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
