import type { Command } from 'commander'
import type { Terminal, WithServices } from './terminal.ts'

/** Adds `sallyport setup-link` to the program. */
export function addSetupLinkCommand(program: Command, withServices: WithServices, terminal: Terminal) {
  program
    .command('setup-link')
    .description('print a link that makes the first administrator, once and within an hour')
    .addHelpText('after', '\nExample:\n  $ sallyport setup-link')
    .action(() => withServices(async ({ setupLinks }) => terminal.print(await setupLinks.create())))
}
