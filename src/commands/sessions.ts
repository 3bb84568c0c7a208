import type { Command } from 'commander'
import { printRecords, type Terminal } from './terminal.ts'
import type { WithApp } from './users.ts'

/** Adds `sallyport sessions …` to the program. */
export function addSessionCommands(program: Command, withApp: WithApp, terminal: Terminal) {
  const sessions = program.command('sessions').description("manage an account's logins")

  sessions
    .command('list')
    .argument('<user>', 'username or id')
    .option('--json', 'print JSON')
    .description('list the logins of an account')
    .addHelpText('after', '\nExample:\n  $ sallyport sessions list alice')
    .action((user: string, options) =>
      withApp(async app => {
        const { id } = await app.users.byIdOrName(user)
        const rows = (await app.sessions.ofUser(id)).map(row => app.sessions.describe(row))
        printRecords(
          terminal,
          rows.map(({ current, ...session }) => session),
          options
        )
      })
    )

  sessions
    .command('end')
    .argument('<user>', 'username or id')
    .argument('[session]', 'the id of one login; all of them when absent')
    .description('end logins of an account')
    .addHelpText('after', '\nExample:\n  $ sallyport sessions end alice')
    .action((user: string, session: string | undefined) =>
      withApp(async app => {
        const { id, username } = await app.users.byIdOrName(user)
        if (session === undefined) {
          const count = await app.sessions.endAll(id)
          return terminal.print(`${count} login(s) of ${username} have ended.`)
        }
        await app.sessions.endOwn(id, session)
        terminal.print(`The login ${session} of ${username} has ended.`)
      })
    )
}
