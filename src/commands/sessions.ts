import type { Command } from 'commander'
import { CommandError } from '../base/errors.ts'
import { UsageError } from './arguments.ts'
import { type OutputOptions, printOutcome, printRecords } from './output.ts'
import { origin, type Terminal, type WithServices } from './terminal.ts'

type EndOptions = OutputOptions & { [flag in 'all' | 'tokens' | 'yes']?: boolean | undefined }

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
    .argument('[user]', 'username or id')
    .argument('[session]', 'id of one login; all when omitted')
    .option('--all', 'end the logins of all accounts and the tokens of all clients, because a secret may have leaked')
    .option('--tokens', 'with --all: delete the personal access tokens of all accounts too')
    .option('--yes', 'with --all: do not ask for confirmation')
    .option('--json', 'print JSON')
    .description('end one login of an account, all of them, or those of all accounts')
    .addHelpText('after', '\nExamples:\n  $ sallyport sessions end alice\n  $ sallyport sessions end --all --tokens')
    .action((user: string | undefined, session: string | undefined, { all, tokens, yes, ...options }: EndOptions) => {
      if ((user === undefined) !== (all === true)) throw new UsageError('Name an account, or add --all.')
      if (user === undefined) return endAll({ tokens, yes, ...options })
      if (tokens || yes) throw new UsageError('--tokens and --yes are for --all.')
      return withServices(async services => {
        const { id, username } = await services.userAdmin.byIdOrName(user)
        const live = await services.sessions.ofUser(id)
        const chosen = live.filter(row => session === undefined || row.id === session)
        if (session !== undefined && chosen.length === 0) throw new CommandError(`${username} has no login ${session}.`)
        for (const row of chosen) await services.sessions.end(row, 'ended by an operator', origin)
        const sentence = `Ended ${chosen.length} login(s) of ${username}.`
        printOutcome(terminal, sentence, { ended: chosen.map(row => row.id) }, options)
      })
    })

  async function endAll({ tokens = false, yes = false, ...options }: EndOptions) {
    const question = `End every login of every account and client${tokens ? ', and delete every personal access token' : ''}?`
    await terminal.confirm(question, { yes })
    await withServices(async services => {
      // First, because a login can create a token.
      const ended = await services.sessions.endEvery(origin)
      if (!tokens) return printOutcome(terminal, `Ended ${ended} login(s).`, { ended }, options)
      const deleted = await services.personalTokens.removeEvery(origin)
      const sentence = `Ended ${ended} login(s) and deleted ${deleted} personal access token(s).`
      printOutcome(terminal, sentence, { ended, deleted_tokens: deleted }, options)
    })
  }
}
