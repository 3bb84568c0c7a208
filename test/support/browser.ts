import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const executablePath = '/usr/bin/chromium'

/** Why a test that needs a browser is skipped, or `false`. In CI `.ci/run` has installed it, and without it the test fails. */
export const skipWithoutBrowser = !process.env.CI && !existsSync(executablePath) && `there is no ${executablePath}`

/** Chromium that talks to nobody on its own account. */
export const launchBrowser = () =>
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
