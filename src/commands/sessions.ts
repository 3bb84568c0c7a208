import type { Command } from 'commander'
import { Problem } from '../errors.ts'
import { type OutputOptions, printOutcome, printRecords } from './output.ts'
import { origin, type Terminal, type WithServices } from './terminal.ts'

/** Adds `sallyport sessions …` to the program. */
export function addSessionCommands(program: Command, withServices: WithServices, terminal: Terminal) {
  const sessions = program
    .command('sessions')
    .description('manage logins')
    .addHelpText('after', '\nExample:\n  $ sallyport sessions list alice')

  sessions
    .command('list')
    .argument('<user>', 'username or id')
    .option('--json', 'print JSON')
    .description('list the logins of an account')
    .addHelpText('after', '\nExample:\n  $ sallyport sessions list alice')
    .action((user: string, options: OutputOptions) =>
      withServices(async services => {
        const { id } = await services.userAdmin.byIdOrName(user)
        const rows = (await services.sessions.ofUser(id)).map(row => services.sessions.describe(row))
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
    .argument('[session]', 'id of one login; all when omitted')
    .option('--json', 'print JSON')
    .description('end logins of an account')
    .addHelpText('after', '\nExample:\n  $ sallyport sessions end alice')
    .action((user: string, session: string | undefined, options: OutputOptions) =>
      withServices(async services => {
        const { id, username } = await services.userAdmin.byIdOrName(user)
        const live = await services.sessions.ofUser(id)
        const chosen = live.filter(row => session === undefined || row.id === session)
        if (session !== undefined && chosen.length === 0) throw new Problem(404, `${username} has no login ${session}.`)
        for (const row of chosen) await services.sessions.end(row, 'ended by an operator', origin)
        const sentence = `Ended ${chosen.length} login(s) of ${username}.`
        printOutcome(terminal, sentence, { ended: chosen.map(row => row.id) }, options)
      })
    )

  sessions
    .command('end-all')
    .option('--yes', 'do not ask for confirmation')
    .option('--json', 'print JSON')
    .description('end the logins of all accounts and the tokens of all clients, because a secret may have leaked')
    .addHelpText('after', '\nExample:\n  $ sallyport sessions end-all')
    .action(async ({ yes = false, ...options }: OutputOptions & { yes?: boolean }) => {
      await terminal.confirm('End every login of every account and client?', { yes })
      await withServices(async services => {
        const ended = await services.sessions.endEvery(origin)
        printOutcome(terminal, `Ended ${ended} login(s).`, { ended }, options)
      })
    })
}
