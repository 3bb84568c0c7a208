import type { Results } from '../results.ts'
import { growthTable, limitTable, loadTable } from './behaviour.ts'
import { costTable, monthTable, regionTable } from './costs.ts'
import { herdTable } from './herd.ts'
import { assumptionTable, changeTable, measuredLine, timeTable, writtenTable } from './inputs.ts'
import { auditLine, sizeTable, storageTable } from './sizes.ts'

/** The generated parts of docs/scaling.md, by the names of their marks. */
export const parts = (results: Results): Record<string, string> => ({
  sizes: sizeTable(results),
  storage: `${storageTable(results)}\n\n${auditLine(results)}`,
  limits: limitTable(),
  growth: growthTable(results),
  load: loadTable(results),
  herd: herdTable(results),
  cost: costTable(),
  month: monthTable(results),
  regions: regionTable(),
  changes: changeTable(),
  assumptions: assumptionTable(),
  times: `${timeTable()}\n\n${measuredLine()}`,
  written: writtenTable()
})
