import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

/** WCAG 2.2 A and AA, and what axe-core counts as best practice. */
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Resolves when every transition has ended, because axe-core reads the colours as they are. */
const settled = `Promise.all(
  document.getAnimations()
    .filter(({ effect }) => effect.getComputedTiming().endTime < Infinity)
    .map(({ finished }) => finished.catch(() => {}))
).then(() => {})`

/**
 * What axe-core finds wrong on the page as it is now, each as `rule: selector`; only the rules with one of `tags`, or
 * of that name.
 */
export async function violations(page: Page, tags = rules): Promise<string[]> {
  await page.evaluate(axe.source)
  await page.evaluate(settled)
  const found = (await page.evaluate(`axe.run({ runOnly: ${JSON.stringify(tags)} })`)) as AxeResults
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
}
