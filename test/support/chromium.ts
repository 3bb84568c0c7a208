import { chromium } from 'playwright-core'

/** Where Debian installs Chromium. */
export const executablePath = '/usr/bin/chromium'

/** Starts Chromium, which makes no network requests of its own. */
export const launchChromium = () =>
  chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync'
    ]
  })
