import type { Results } from '../results.ts'
import { renderPanels } from './chart.ts'
import { growthPanels, herdPanels } from './growth-panels.ts'
import { dayPanels, loadPanels } from './load-panels.ts'

/** The charts of the page, by the names of their files. */
export function charts(results: Results): Record<string, string> {
  return {
    'scaling-day.svg': renderPanels('A day with 1 million and 100 million accounts', dayPanels(results)),
    'scaling-load.svg': renderPanels('Logins at shares of the capacity', loadPanels(results)),
    'scaling-growth.svg': renderPanels('What growth reaches', growthPanels(results)),
    'scaling-herd.svg': renderPanels('A herd that logs in', herdPanels(results))
  }
}
