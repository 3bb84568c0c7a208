import type { FastifyInstance } from 'fastify'
import { visible } from '../base/visible.ts'
import type { Config } from '../config/config.ts'
import { isLocalIssuer } from '../config/loopback.ts'
import { passkeyProblem } from '../config/passkeys.ts'

/** The properties of the process that its first lines depend on. */
export interface BannerOptions {
  /** Whether standard output is a terminal; otherwise it is the log, in which every line is JSON. */
  isTerminal?: boolean
  /** The command line of a command, for the operator. */
  command?: (args: string) => string
  /** The files that the server has created at startup. */
  created?: () => string[]
}

/**
 * The first lines of a server: the files that it has created, why its console has no passkeys on this machine, and what
 * to do first while there is no account. Makes a link for the first administrator on a terminal only, because a log is
 * read by more people and kept for longer. A failure is logged.
 */
export async function firstLines(
  app: FastifyInstance,
  config: Config,
  { isTerminal = false, command = args => `sallyport ${args}`, created = () => [] }: BannerOptions
): Promise<string[]> {
  const lines = created().map(file => `created:                           ${file}`)
  // A public server may have its passkeys for other pages only.
  const problem = isLocalIssuer(config.issuer) ? passkeyProblem(config) : undefined
  if (problem !== undefined) lines.push(problem)
  try {
    const { rows } = await app.db.users.page('', 1)
    if (rows.length > 0) return lines
    if (config.console === 'off')
      return [...lines, `create the first account:          ${command('users create NAME --admin')}`]
    if (isTerminal)
      return [...lines, `create the first administrator here, within an hour: ${await app.setupLinks.create()}`]
  } catch (err) {
    app.logFailure('error', { err }, 'failed to make the link for the first administrator')
  }
  return [...lines, `create the first administrator:    ${command('setup-link')}`]
}

/**
 * Says where the server listens, and `lines`. On a terminal, `print` gets lines of text. Elsewhere they are lines of
 * the log, at every log level.
 */
export function announce(
  { log }: Pick<FastifyInstance, 'log'>,
  url: string,
  { issuer, console, docs }: Config,
  lines: string[],
  { isTerminal, print }: { isTerminal: boolean | undefined; print(line: string): void }
) {
  const first = `Sallyport listens on ${url}`
  if (isTerminal) {
    print(first)
    if (console === 'on') print(`  console:                           ${issuer}/console/`)
    if (docs === 'on') print(`  API docs, with a button to log in: ${issuer}/docs`)
    for (const line of lines) print(`  ${visible(line)}`)
  } else {
    const always = log.child({}, { level: 'info' })
    for (const line of [first, ...lines]) always.info(line.replace(/: +/, ': '))
  }
}
