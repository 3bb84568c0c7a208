import { text } from 'node:stream/consumers'
import { Command, CommanderError } from 'commander'
import type { FastifyInstance } from 'fastify'
import { read } from 'read'
import { packageVersion } from '../plugins/openapi.ts'
import { build } from './app.ts'
import { addClientCommands } from './commands/clients.ts'
import { addKeyCommands } from './commands/keys.ts'
import { addSessionCommands } from './commands/sessions.ts'
import { type Terminal, UsageError } from './commands/terminal.ts'
import { addUserCommands } from './commands/users.ts'
import { ConfigError, configFrom, loadConfig } from './config.ts'
import { Problem } from './errors.ts'
import { serve } from './server.ts'
import { StoreError } from './store/errors.ts'

/** The streams of a command; a test brings its own. */
export interface Streams {
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
  env: Record<string, string | undefined>
}

/**
 * Runs `sallyport` with these arguments and resolves to the exit code: 0 done, 1 refused or failed, 2 wrong usage.
 */
export async function run(args: string[], streams: Streams = process): Promise<number> {
  const { stdin, stdout, stderr, env } = streams
  const terminal: Terminal = {
    print: line => void stdout.write(`${line}\n`),
    askSecret: async prompt => {
      return stdin.isTTY ? String(await read({ prompt, silent: true, input: stdin, output: stderr })) : undefined
    },
    readInput: () => text(stdin)
  }

  async function withApp<T>(work: (app: FastifyInstance) => Promise<T>): Promise<T> {
    const app = await build({ config: loadConfig(env) }, { logger: false })
    try {
      return await work(app)
    } finally {
      await app.close()
    }
  }

  let exitCode = 0
  const program = new Command('sallyport')
    .description('OAuth 2.0 token server for first-party clients')
    .version(packageVersion())
    .showHelpAfterError('(add --help for usage and examples)')
    .exitOverride()
    .configureOutput({ writeOut: line => stdout.write(line), writeErr: line => stderr.write(line) })
    .addHelpText(
      'after',
      `
Settings are environment variables or lines of .env; the README lists them.

Examples:
  $ sallyport serve
  $ sallyport users create alice --admin`
    )

  program
    .command('serve')
    .description('start the server')
    .addHelpText('after', '\nExample:\n  $ PORT=8080 sallyport serve')
    .action(async () => {
      exitCode = await (await serve(loadConfig(env), terminal.print)).stopped
    })

  program
    .command('migrate')
    .description('bring the database up to date; the server does it at every start as well')
    .addHelpText('after', '\nExample:\n  $ DATABASE_URL=postgres://localhost/sallyport sallyport migrate')
    .action(() => withApp(async () => terminal.print('The database is up to date.')))

  program
    .command('openapi')
    .description('print the OpenAPI document')
    .addHelpText('after', '\nExample:\n  $ sallyport openapi > openapi.json')
    .action(async () => {
      const app = await build({ config: configFrom({ databaseUrl: 'sqlite::memory:' }) }, { logger: false })
      terminal.print(JSON.stringify(app.swagger(), null, 2))
      await app.close()
    })

  addUserCommands(program, withApp, terminal)
  addClientCommands(program, withApp, terminal)
  addSessionCommands(program, withApp, terminal)
  addKeyCommands(program, withApp, terminal)
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    return report(error, line => void stderr.write(`${line}\n`))
  }
}

function report(error: unknown, print: (line: string) => void): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof UsageError) {
    print(error.message)
    return 2
  }
  if (error instanceof Problem || error instanceof ConfigError || error instanceof StoreError) print(error.message)
  else print(error instanceof Error ? String(error.stack) : String(error))
  return 1
}
