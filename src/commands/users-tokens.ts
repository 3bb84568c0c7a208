import type { Command } from 'commander'
import { type OutputOptions, printOutcome, printRecords } from './output.ts'
import { origin, type Terminal, type WithServices } from './terminal.ts'

/** Adds `sallyport users tokens` to the commands of `users`. */
export function addTokensCommand(users: Command, withServices: WithServices, terminal: Terminal) {
  users
    .command('tokens')
    .argument('<user>', 'username or id')
    .option('--delete <id>', 'delete this token instead')
    .option('--json', 'print JSON')
    .description('list the personal access tokens of an account, or delete one')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sallyport users tokens alice\n  $ sallyport users tokens alice --delete 019c13e2-86f0-7e52-b1f1-2d5a3a1f7d1c'
    )
    .action((user: string, { delete: id, ...options }: OutputOptions & { delete?: string }) =>
      withServices(async ({ userAdmin, personalTokens }) => {
        const found = await userAdmin.byIdOrName(user)
        if (id !== undefined) {
          await personalTokens.remove(found, id, origin)
          return printOutcome(
            terminal,
            `The token ${id} of ${found.username} is deleted.`,
            { id, deleted: true },
            options
          )
        }
        printRecords(terminal, (await personalTokens.list(found)).map(personalTokens.describe), options)
      })
    )
}
