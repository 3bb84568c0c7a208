import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'

/** WCAG 2.2 A and AA, and what axe-core counts as best practice. */
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** The rules about colours, which differ between the themes. */
const ofColours = ['color-contrast', 'link-in-text-block']

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
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(axe.source)
  await page.evaluate(settled)
  const found = (await page.evaluate(`axe.run({ runOnly: ${JSON.stringify(tags)} })`)) as AxeResults
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
}

/**
 * Asserts that axe-core finds nothing wrong on the page as it is now, in both themes, and that the page fits a width of
 * 320 pixels, which is 1280 at a zoom of 400 % (WCAG 2.2 §1.4.10).
 */
export async function assertAccessible(t: Test, page: Page, name: string) {
  const found = await violations(page)
  await page.emulateMedia({ colorScheme: 'dark' })
  const inDark = await violations(page, ofColours)
  await page.emulateMedia({ colorScheme: 'light' })
  const size = page.viewportSize() ?? { width: 1280, height: 720 }
  await page.setViewportSize({ width: 320, height: size.height })
  const width = await page.evaluate('document.documentElement.scrollWidth')
  await page.setViewportSize(size)
  t.strictSame({ found, inDark, width }, { found: [], inDark: [], width: 320 }, name)
}
