import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { freePort } from '../../test/support/free-port.ts'
import { readmeCommands, runCommands } from '../../test/support/readme-commands.ts'
import { cloneInto } from './clone.ts'

/**
 * Runs the commands in the README of an example with a page, in a clone on free ports, `serve` in the background; `edit`
 * changes a block last. Resolves to the URLs of the page and the server, and the folder.
 */
export async function followReadme(t: Test, example: string, serve: string, edit = (block: string) => block) {
  const cwd = t.testdir()
  cloneInto(cwd, ['examples'])
  const [port, pagePort] = [await freePort(), await freePort()]
  const [server, url] = [`http://127.0.0.1:${port}`, `http://localhost:${pagePort}/`]
  const background = (url: string) => ` > /dev/null &\nuntil curl -so /dev/null ${url}; do sleep 0.1; done`
  const commands = readmeCommands(join(cwd, 'examples', example, 'README.md')).map(block =>
    edit(
      block
        .replaceAll(':3000', `:${port}`)
        .replaceAll('5173', String(pagePort))
        .replace('npm start', `npm start${background(`${server}/readyz`)}`)
        .replace(serve, `${serve}${background(url)}`)
    )
  )
  const env = { PORT: String(port), PAGE_PORT: String(pagePort), SALLYPORT: server, BCRYPT_COST: '4' }
  await runCommands(t, commands, { cwd, env: { ...env, npm_config_update_notifier: 'false' } })
  return { url, server, cwd, blocks: commands.length }
}

export const button = (tab: Page, name: string) => tab.getByRole('button', { name, exact: true })
export const heading = (tab: Page, name: string) => tab.getByRole('heading', { name, exact: true }).waitFor()
export const status = (tab: Page, text: string | RegExp) => tab.getByRole('status').getByText(text).waitFor()
