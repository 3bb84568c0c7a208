import cluster from 'node:cluster'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command, CommanderError } from 'commander'
import { createNewHashes } from './auth/hashing/new-hashes.ts'
import { CommandError, ConfigError, OAuthError, Problem } from './base/errors.ts'
import { packageVersion } from './base/package.ts'
import { visible } from './base/visible.ts'
import { UsageError } from './commands/arguments.ts'
import { addAuditCommands } from './commands/audit.ts'
import { addBackupCommands } from './commands/backup.ts'
import { addClientCommands } from './commands/clients.ts'
import { handleCtrlZ } from './commands/ctrl-z.ts'
import { addDatabaseCommand } from './commands/database.ts'
import { assertDatabase, databaseFile, missingFiles } from './commands/database-file.ts'
import { addDoctorCommand } from './commands/doctor.ts'
import { addInitCommand } from './commands/init.ts'
import { commandHere, here, type Invocation, programHere } from './commands/invocation.ts'
import { addKeyCommands } from './commands/keys.ts'
import { refuseRoot } from './commands/refuse-root.ts'
import { addSecretCommands } from './commands/secret.ts'
import { addSessionCommands } from './commands/sessions.ts'
import { addSetupLinkCommand } from './commands/setup-link.ts'
import { createTerminal, type Streams, type WithServices } from './commands/terminal.ts'
import { addUserCommands } from './commands/users.ts'
import { addExportCommand } from './commands/users-export.ts'
import { addImportCommand } from './commands/users-import.ts'
import { addInviteCommand } from './commands/users-invite.ts'
import { addTokensCommand } from './commands/users-tokens.ts'
import { addUpdateCommand } from './commands/users-update.ts'
import { addWebhookCommands } from './commands/webhooks.ts'
import { type Config, complete, envName, isProduction, readConfig } from './config/config.ts'
import { assertSafe } from './config/risks.ts'
import { backupSqlite } from './store/backup/backup.ts'
import { restoreSqlite } from './store/backup/restore.ts'
import { copyDatabase } from './store/copy.ts'
import { sqliteDriver } from './store/engine/sqlite-driver.ts'
import { StoreError } from './store/errors.ts'
import { openForeignTable } from './store/inspect/foreign-table.ts'
import { probeStore } from './store/inspect/probe.ts'
import { createSeenNames } from './store/inspect/seen-names.ts'
import { hasSigningKeys } from './store/inspect/signing-keys.ts'
import { configFrom } from './wiring/load-config.ts'
import { openServices } from './wiring/open-services.ts'
import { hashLibraries, verifyPassword } from './wiring/password-hashing.ts'

/**
 * Runs `sallyport` with these arguments. Resolves to the exit code: 0 done, 1 refused or failed, 2 wrong usage, 3 an
 * import that skipped rows.
 */
export async function run(
  args: string[],
  streams: Streams = process,
  place: Invocation = here(streams.env)
): Promise<number> {
  const { stdout, stderr, env } = streams
  const terminal = createTerminal(streams, programHere(place))
  const { hold, release } = handleCtrlZ()

  const report = () => {
    const { envFile } = program.opts<{ envFile?: string }>()
    const path = resolve(envFile ?? '.env')
    // Its owner could make root read any file and print it: SITE_NAME_FILE.
    if (existsSync(path)) refuseRoot(path, args, place)
    return readConfig(env, process.cwd(), envFile)
  }
  const settings = (found = report()) => complete(found, hasSigningKeys)

  /** The settings of a command that needs an existing database. */
  function existingSettings(found = report()) {
    if (found.problems.length === 0) assertDatabase(found.config)
    return settings(found)
  }

  /** Throws when root must not use the SQLite file that the settings name. */
  const refuseRootAt = (config: Pick<Config, 'databaseUrl'>) => refuseRoot(databaseFile(config), args, place)

  const withServices: WithServices = async (work, { mayCreate = false, opensKeys = true } = {}) => {
    const found = report()
    const missing = missingFiles(found.config)
    refuseRootAt(found.config)
    const config = mayCreate ? settings(found) : existingSettings(found)
    const services = await hold(() =>
      terminal.track(onProgress => {
        const onMigrate = (bytes: number) => {
          // Printed at once, because no timer runs while SQLite migrates.
          terminal.warn(`Migrating the database, which has ${Math.ceil(bytes / 1e6)} MB.`)
          onProgress('migrating the database')
        }
        return openServices(config, { mayCreate, opensKeys, onWait: terminal.warn, onMigrate })
      })
    )
    const created = missing.filter(existsSync)
    if (created.length > 0) terminal.warn(visible(`Created ${created.join(' and ')}.`))
    try {
      return await work(services)
    } finally {
      await services.close()
    }
  }

  let exitCode = 0
  const program = new Command('sallyport')
    .description('OAuth 2.0 token server for first-party clients')
    .version(packageVersion, '-v, --version')
    .version(packageVersion, '-V', 'the same as -v')
    .option('--env-file <path>', 'read the settings from this file in place of .env')
    .showHelpAfterError('(add --help for usage and examples)')
    .exitOverride()
    .configureOutput({ writeOut: line => stdout.write(line), writeErr: line => stderr.write(line) })
    .addHelpText(
      'after',
      `
Settings are environment variables or lines of .env; docs/settings.md in the repository lists them. Each has a second name with a prefix, which wins: SALLYPORT_PORT over PORT.

Examples:
  $ sallyport serve
  $ sallyport users create alice --admin`
    )

  program
    .command('serve')
    .description('start the server')
    .addHelpText('after', '\nExample:\n  $ PORT=8080 sallyport serve')
    .action(async () => {
      const [{ serve }, { superviseWorkers, work }, { endSoon }, { standardLog }] = await Promise.all([
        import('./process/server.ts'),
        import('./process/workers.ts'),
        import('./process/draining.ts'),
        import('./logging/log-stream.ts')
      ])
      const isTerminal = stdout.isTTY === true && !env.CI
      if (cluster.isWorker) {
        exitCode = await work(settings, describe, { isTerminal })
        endSoon(exitCode)
        return
      }
      const found = report()
      const missing = missingFiles(found.config)
      refuseRootAt(found.config)
      const config = settings(found)
      // The server itself knows the environment alone.
      assertSafe(config, envName, isProduction(env, found.dotEnv.entries))
      const options = {
        isTerminal,
        command: (args: string) => commandHere(args, found, place),
        created: () => missing.filter(existsSync)
      }
      // In the order of the log, and without waiting for the terminal.
      const print = (line: string) => standardLog().write(`${line}\n`)
      const warn = (problem: string) => terminal.warn(terminal.named(problem))
      if (config.workers > 1) exitCode = await superviseWorkers(config, { print, warn }, options)
      else exitCode = await (await serve(config, print, options)).stopped
      endSoon(exitCode)
    })

  program
    .command('migrate')
    .description('apply pending migrations; the server also does this when it starts')
    .addHelpText('after', '\nExample:\n  $ DATABASE_URL=postgres://localhost/sallyport sallyport migrate')
    .action(() => withServices(async () => terminal.print('The database is up to date.'), { mayCreate: true }))

  program
    .command('openapi')
    .description('print the OpenAPI document')
    .addHelpText('after', '\nExample:\n  $ sallyport openapi > openapi.json')
    .action(async () => {
      const { build } = await import('./app.ts')
      const app = await build(
        { config: configFrom({ databaseUrl: 'sqlite::memory:', rpId: 'example.com' }) },
        { logger: false }
      )
      terminal.print(JSON.stringify(app.swagger(), null, 2))
      await app.close()
    })

  const exit = (code: number) => {
    exitCode = code
  }
  const doctor = {
    env,
    settings: report,
    exit,
    sqliteDriver,
    async probeStore(databaseUrl: string) {
      refuseRootAt({ databaseUrl })
      return probeStore(databaseUrl)
    },
    clientAddress,
    hash: (config: Config) => createNewHashes(hashLibraries(), config).hash('measured')
  }
  addInitCommand(program, terminal, {
    ...doctor,
    // The server that comes later does not have the environment of this shell.
    settings: envFile => readConfig({}, process.cwd(), envFile),
    command: args => `${programHere(place)} ${args}`,
    refuseRoot: file => refuseRoot(file, args, place)
  })
  addSetupLinkCommand(program, withServices, terminal)
  const users = addUserCommands(program, withServices, terminal)
  addUpdateCommand(users, withServices, terminal)
  addImportCommand(users, terminal, {
    settings,
    withServices,
    hold,
    openTable: openForeignTable,
    openSeenNames: createSeenNames,
    verify: verifyPassword,
    exit
  })
  addExportCommand(users, withServices, terminal)
  addInviteCommand(users, withServices, terminal)
  addTokensCommand(users, withServices, terminal)
  addClientCommands(program, withServices, terminal)
  addSessionCommands(program, withServices, terminal)
  addKeyCommands(program, withServices, terminal)
  addSecretCommands(program, withServices, terminal, { exit })
  addAuditCommands(program, withServices, terminal)
  addWebhookCommands(program, withServices, terminal)
  addDatabaseCommand(program, terminal, {
    copy: copyDatabase,
    assertSource: databaseUrl => assertDatabase({ databaseUrl }),
    assertMayOpen: databaseUrl => refuseRootAt({ databaseUrl })
  })
  addBackupCommands(
    program,
    {
      settings: existingSettings,
      // A backup has signing keys, so a new secret would be of no use.
      settingsToRestore() {
        const found = report()
        refuseRootAt(found.config)
        return complete(found, () => true)
      },
      open: openServices,
      backup: backupSqlite,
      restore: restoreSqlite
    },
    terminal
  )
  addDoctorCommand(program, terminal, doctor)
  function refuse(error: unknown): number {
    // Commander has already printed the error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    stderr.write(`${terminal.named(describe(error))}\n`)
    return error instanceof UsageError ? 2 : 1
  }

  return await program
    .parseAsync(args, { from: 'user' })
    .then(() => exitCode, refuse)
    .finally(release)
}

/** The client address that the server reads from X-Forwarded-For; `undefined` when it refuses the request. */
async function clientAddress(trustProxy: string[], peer: string, forwardedFor: string): Promise<string | undefined> {
  const { default: Fastify } = await import('fastify')
  const { default: forwarded } = await import('../plugins/http/forwarded.ts')
  const app = Fastify({ trustProxy: trustProxy.length > 0 ? trustProxy : false })
  await app.register(forwarded)
  app.get('/', async request => request.ip)
  const answer = await app.inject({ url: '/', remoteAddress: peer, headers: { 'x-forwarded-for': forwardedFor } })
  await app.close()
  return answer.statusCode === 200 ? answer.body : undefined
}

/**
 * Describes `error` for a terminal, with a stack only if it is a bug. Control characters except line breaks are
 * escaped, because the text may come from the name or the header of a file.
 */
function describe(error: unknown): string {
  const isRefusal = [UsageError, CommandError, Problem, OAuthError, ConfigError, StoreError].some(
    kind => error instanceof kind
  )
  const { message, stack } = error as Error
  const text = isRefusal ? message : String(stack)
  return text.split('\n').map(visible).join('\n')
}
