import type { FastifyInstance } from 'fastify'
import type { Config } from '../config/config.ts'

/**
 * The banner's text about the first administrator; `undefined` once there is an account. Before, makes a link when
 * the output is a terminal, and when `setupLink` is `log`, which logs it. A failure is logged.
 */
export async function firstStep(
  app: FastifyInstance,
  { console, setupLink }: Config,
  isTerminal: boolean
): Promise<string | undefined> {
  try {
    const { rows } = await app.db.users.page('', 1)
    if (rows.length > 0) return undefined
    if (console === 'off') return 'create the first account:          npx sallyport users create NAME --admin'
    if (isTerminal || setupLink === 'log') {
      const step = `create the first administrator here, within an hour: ${await app.setupLinks.create()}`
      if (isTerminal) return step
      app.log.info(step)
    }
  } catch (err) {
    app.logFailure('error', { err }, 'failed to make the link for the first administrator')
  }
  return 'create the first administrator:    npx sallyport setup-link'
}

/** Prints where the server listens, and `step`, what to do first. */
export function printBanner(
  url: string,
  { console, docs }: Config,
  step: string | undefined,
  print: (line: string) => void
) {
  print(`Sallyport listens on ${url}`)
  if (console === 'on') print(`  console:                           ${url}/console/`)
  if (docs === 'on') print(`  API docs, with a button to log in: ${url}/docs`)
  if (step !== undefined) print(`  ${step}`)
}
