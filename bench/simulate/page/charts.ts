import type { Results } from '../results.ts'
import type { Chart } from './chart.ts'
import { growthPanels, herdPanels } from './growth-panels.ts'
import { dayPanels, loadPanels } from './load-panels.ts'

/** The charts of the page, by the names of their files. */
export function charts(results: Results): Record<string, Chart> {
  return {
    'scaling-day.svg': { title: 'A day with 1 million and 100 million accounts', panels: dayPanels(results) },
    'scaling-load.svg': { title: 'Logins at shares of the capacity', panels: loadPanels(results) },
    'scaling-growth.svg': { title: 'What growth reaches', panels: growthPanels(results) },
    'scaling-herd.svg': { title: 'A herd that logs in', panels: herdPanels(results) }
  }
}
