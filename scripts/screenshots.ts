import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { openDemo } from './screenshots/demo.ts'
import { openPage, signIn, writeGallery } from './screenshots/gallery.ts'

// `npm run screenshots`: writes the pictures of the README, and `gallery.html` with pictures of every page, of a server
// with the same demo data each time.

/** The pages of the README, and the pictures of each: `docs/NAME-light.png` and `docs/NAME-dark.png`. */
const pages = [['/console/overview', 'console']] as const
const maxBytes = 150_000
const pathOf = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url))

async function photograph(browser: Browser, url: string, name: string, colorScheme: 'light' | 'dark') {
  const page = await openPage(browser, 1280, colorScheme)
  await page.setViewportSize({ width: 1280, height: 1010 })
  await page.goto(url)
  await signIn(page, 'alice')
  await page.waitForLoadState('networkidle')
  const path = pathOf(`docs/${name}-${colorScheme}.png`)
  await page.screenshot({ path })
  await page.close()
  const { size } = statSync(path)
  if (size > maxBytes) throw new Error(`${path} has ${size} bytes: at most ${maxBytes} are allowed`)
}

const demo = await openDemo()
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
try {
  for (const [path, name] of pages)
    for (const scheme of ['light', 'dark'] as const) await photograph(browser, `${demo.url}${path}`, name, scheme)
  await writeGallery(browser, demo, pathOf('gallery.html'))
} finally {
  await browser.close()
  await demo.close()
}
