import type { Command } from 'commander'
import { adminScopes } from '../auth/users/user-admin.ts'
import { list, UsageError } from './arguments.ts'
import { type OutputOptions, printOutcome, printRecord, printRecords } from './output.ts'
import { firstOf } from './pagination.ts'
import { origin, type Terminal, type WithServices } from './terminal.ts'

/** Adds `sallyport users …` to the program, and returns it so that more commands can be added. */
export function addUserCommands(program: Command, withServices: WithServices, terminal: Terminal): Command {
  const users = program
    .command('users')
    .description('manage accounts')
    .addHelpText('after', '\nExamples:\n  $ sallyport users create alice --admin\n  $ sallyport users list')

  users
    .command('create')
    .argument('<name>', 'username, 1 to 64 characters without @')
    .option('--email <address>', 'e-mail address')
    .option('--full-name <name>', 'full name')
    .option('--locale <tag>', 'language of messages, such as de or en-GB')
    .option('--admin', 'grant every built-in scope')
    .addOption(
      users.createOption('--scopes <list>', 'comma-separated scopes to grant').argParser(list).conflicts('admin')
    )
    .option('--password-stdin', 'read the password from standard input instead of asking')
    .option('--json', 'print JSON')
    .description('create an account')
    .addHelpText(
      'after',
      `
Examples:
  $ sallyport users create alice --admin
  $ printf %s "$PASSWORD" | sallyport users create bob --email bob@example.com --password-stdin`
    )
    .action(async (username: string, options: CreateOptions) => {
      const password = await terminal.readNewPassword(options)
      const registration = {
        username,
        password,
        email: options.email ?? null,
        full_name: options.fullName ?? null,
        locale: options.locale ?? null,
        ...(options.admin ? { scopes: adminScopes } : options.scopes ? { scopes: options.scopes } : {})
      }
      await withServices(
        async services => {
          printRecord(terminal, services.users.describe(await services.users.register(registration, origin)), options)
        },
        { mayCreate: true }
      )
    })

  users
    .command('list')
    .option('--q <text>', 'only accounts whose username or e-mail address begins with this')
    .option('--disabled', 'only disabled accounts')
    .addOption(users.createOption('--enabled', 'only enabled accounts').conflicts('disabled'))
    .option('--invited', 'only accounts that are invited, and have no password yet')
    .option('--limit <count>', 'list only the first accounts', limit)
    .option('--json', 'print JSON')
    .description('list accounts by name')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sallyport users list --q ali\n  $ sallyport users list --disabled --limit 20 --json'
    )
    .action(({ q, disabled, enabled, invited, limit, ...options }: ListOptions) =>
      withServices(async services => {
        const filter = { q, disabled: disabled ?? (enabled ? false : undefined), invited }
        const all = await firstOf(limit ?? Number.POSITIVE_INFINITY, query =>
          services.userAdmin.page({ ...query, ...filter })
        )
        const brief = all.map(({ username, email, scopes, disabled, created_at, invited_at }) => {
          return { username, email, scopes, disabled, created_at, invited_at }
        })
        printRecords(terminal, options.json ? all : brief, options)
      })
    )

  users
    .command('show')
    .argument('<user>', 'username or id')
    .option('--json', 'print JSON')
    .description('show an account')
    .addHelpText('after', '\nExample:\n  $ sallyport users show alice')
    .action((user: string, options: OutputOptions) =>
      withServices(async services =>
        printRecord(terminal, services.users.describe(await services.userAdmin.byIdOrName(user)), options)
      )
    )

  users
    .command('set-password')
    .argument('<user>', 'username or id')
    .option('--password-stdin', 'read the password from standard input instead of asking')
    .option('--json', 'print JSON')
    .description('set a new password and end every login')
    .addHelpText('after', '\nExample:\n  $ printf %s "$PASSWORD" | sallyport users set-password alice --password-stdin')
    .action(async (user: string, options: PasswordOptions) => {
      const password = await terminal.readNewPassword(options)
      await withServices(async services => {
        const found = await services.userAdmin.byIdOrName(user)
        await services.accountPasswords.set(found, password, origin)
        const sentence = `${found.username} has a new password, and every login has ended.`
        printOutcome(terminal, sentence, services.users.describe(await services.userAdmin.byId(found.id)), options)
      })
    })

  users
    .command('reset-password')
    .argument('<user>', 'username or id')
    .option('--json', 'print JSON')
    .description('invalidate the password and end every login; the user has to choose a new password')
    .addHelpText('after', '\nExample:\n  $ sallyport users reset-password alice')
    .action((user: string, options: OutputOptions) =>
      withServices(async services => {
        const found = await services.userAdmin.byIdOrName(user)
        const address = await services.userAdmin.resetPassword(found.id, origin)
        const next =
          address === null
            ? `No link is mailed, because the account has no verified e-mail address: run \`sallyport users set-password ${found.username}\`.`
            : `A link to choose a new password is queued for ${address}.`
        const sentence = `The password of ${found.username} no longer works, and every login has ended. ${next}`
        printOutcome(terminal, sentence, services.users.describe(await services.userAdmin.byId(found.id)), options)
      })
    )

  users
    .command('remove-factors')
    .argument('<user>', 'username or id')
    .option('--json', 'print JSON')
    .description('remove every second factor of an account whose owner has lost them, and end every login')
    .addHelpText('after', '\nExample:\n  $ sallyport users remove-factors alice')
    .action((user: string, options: OutputOptions) =>
      withServices(async services => {
        const found = await services.userAdmin.byIdOrName(user)
        await terminal.confirm(`Remove every second factor of ${found.username}?`)
        await services.secondFactors.removeAll(found, origin)
        const sentence = `${found.username} has no second factor, and every login has ended.`
        printOutcome(terminal, sentence, services.users.describe(found), options)
      })
    )

  users
    .command('delete')
    .argument('<user>', 'username or id')
    .option('--json', 'print JSON')
    .description('delete an account and its logins; the audit trail keeps its id')
    .addHelpText('after', '\nExample:\n  $ sallyport users delete alice')
    .action((user: string, options: OutputOptions) =>
      withServices(async services => {
        const found = await services.userAdmin.byIdOrName(user)
        await terminal.confirm(`Delete the account ${found.username}?`)
        await services.userAdmin.remove(found, origin)
        printOutcome(terminal, `${found.username} is deleted.`, { id: found.id, deleted: true }, options)
      })
    )
  return users
}

type PasswordOptions = OutputOptions & { passwordStdin?: boolean }
type CreateOptions = PasswordOptions & {
  email?: string
  fullName?: string
  locale?: string
  admin?: boolean
  scopes?: string[]
}
type ListOptions = OutputOptions & { q?: string; limit?: number } & {
  [filter in 'disabled' | 'enabled' | 'invited']?: true
}

function limit(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`--limit must be a number of accounts, not ${text}.`)
  return Number(text)
}
