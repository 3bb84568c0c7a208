import type { Command } from 'commander'
import { adminScopes } from '../auth/users.ts'
import { type OutputOptions, printOutcome, printRecord, printRecords } from './output.ts'
import { origin, type Terminal, type WithApp } from './terminal.ts'

const pageSize = 500

/** Adds `sallyport users …` to the program, and gives it back for what else belongs there. */
export function addUserCommands(program: Command, withApp: WithApp, terminal: Terminal): Command {
  const users = program
    .command('users')
    .description('manage accounts')
    .addHelpText('after', '\nExamples:\n  $ sallyport users create alice --admin\n  $ sallyport users list')

  users
    .command('create')
    .argument('<name>', 'username, 1 to 64 characters without @')
    .option('--email <address>', 'e-mail address')
    .option('--full-name <name>', 'full name')
    .option('--admin', 'grant every built-in scope')
    .option('--password-stdin', 'read the password from standard input instead of asking')
    .option('--json', 'print JSON')
    .description('make an account')
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
        ...(options.admin ? { scopes: adminScopes } : {})
      }
      await withApp(async app => {
        printRecord(terminal, app.users.describe(await app.users.register(registration, origin)), options)
      })
    })

  users
    .command('list')
    .option('--json', 'print JSON')
    .description('list accounts by name')
    .addHelpText('after', '\nExample:\n  $ sallyport users list --json')
    .action((options: OutputOptions) =>
      withApp(async app => {
        const all = []
        let page = await app.users.page('', pageSize)
        for (let last = page.at(-1); last; last = page.at(-1)) {
          all.push(...page.map(app.users.describe))
          page = await app.users.page(last.username, pageSize)
        }
        const brief = all.map(({ username, email, scopes, disabled, created_at }) => {
          return { username, email, scopes, disabled, created_at }
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
      withApp(async app => printRecord(terminal, app.users.describe(await app.users.byIdOrName(user)), options))
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
      await withApp(async app => {
        const found = await app.users.byIdOrName(user)
        await app.users.setPassword(found, password, origin)
        const sentence = `${found.username} has a new password, and every login has ended.`
        printOutcome(terminal, sentence, app.users.describe(await app.users.byIdOrName(found.id)), options)
      })
    })

  for (const [name, disabled] of [
    ['disable', true],
    ['enable', false]
  ] as const) {
    users
      .command(name)
      .argument('<user>', 'username or id')
      .option('--json', 'print JSON')
      .description(disabled ? 'forbid logging in and end every login' : 'allow logging in again')
      .addHelpText('after', `\nExample:\n  $ sallyport users ${name} alice`)
      .action((user: string, options: OutputOptions) =>
        withApp(async app => {
          const { id } = await app.users.byIdOrName(user)
          const changed = await app.users.setDisabled(id, disabled, origin)
          printOutcome(terminal, `${changed.username} is ${name}d.`, app.users.describe(changed), options)
        })
      )
  }

  users
    .command('grant')
    .argument('<user>', 'username or id')
    .argument('<scopes...>', 'scopes to add')
    .option('--remove', 'take the scopes away instead')
    .option('--json', 'print JSON')
    .description('change the scopes that the account may be granted')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sallyport users grant alice users:read audit:read\n  $ sallyport users grant alice users:read --remove'
    )
    .action((user: string, scopes: string[], options: OutputOptions & { remove?: boolean }) =>
      withApp(async app => {
        const found = await app.users.byIdOrName(user)
        const others = found.scopes.filter(scope => !scopes.includes(scope))
        const changed = await app.users.setScopes(
          found.id,
          options.remove ? others : [...found.scopes, ...scopes],
          origin
        )
        const sentence = `${changed.username} may be granted: ${changed.scopes.join(' ') || '(nothing)'}`
        printOutcome(terminal, sentence, app.users.describe(changed), options)
      })
    )
  return users
}

type PasswordOptions = OutputOptions & { passwordStdin?: boolean }
type CreateOptions = PasswordOptions & { email?: string; fullName?: string; admin?: boolean }
