import type { Command } from 'commander'
import { type OutputOptions, printRecords } from './output.ts'
import { origin, type Terminal, type WithServices } from './terminal.ts'

/** Adds `sallyport keys …` to the program. Running servers apply the changes within ten seconds. */
export function addKeyCommands(program: Command, withServices: WithServices, terminal: Terminal) {
  const keys = program
    .command('keys')
    .description('manage the keys that sign access tokens')
    .addHelpText('after', '\nExample:\n  $ sallyport keys list')

  keys
    .command('list')
    .option('--json', 'print JSON')
    .description('list all keys and their states')
    .addHelpText('after', '\nExample:\n  $ sallyport keys list')
    .action((options: OutputOptions) =>
      withServices(async services => printRecords(terminal, await services.keys.list(), options))
    )

  keys
    .command('rotate')
    .option('--now', 'sign with the new key immediately, because the old one may have leaked')
    .option('--json', 'print JSON')
    .description('create a new key, which signs once all cached JWKS contain it')
    .addHelpText('after', '\nExample:\n  $ sallyport keys rotate')
    .action((options: OutputOptions & { now?: boolean }) =>
      withServices(async services => {
        await services.keys.rotate({ ...origin, immediately: options.now === true })
        const all = await services.keys.list()
        printRecords(terminal, all, options)
        if (options.json) return
        const { kid, signs_at } = all.at(-1) as (typeof all)[number]
        terminal.print(
          options.now
            ? `The new key ${kid} signs now.`
            : `The new key ${kid} signs from ${signs_at}; until then, the old one does.`
        )
      })
    )

  keys
    .command('retire')
    .argument('<kid>', 'id of the key')
    .option('--json', 'print JSON')
    .description('immediately stop accepting tokens that a key signed')
    .addHelpText('after', '\nExample, after a leak:\n  $ sallyport keys rotate --now\n  $ sallyport keys retire KID')
    .action((kid: string, options: OutputOptions) =>
      withServices(async services => {
        await services.keys.retire(kid, origin)
        printRecords(terminal, await services.keys.list(), options)
      })
    )
}
