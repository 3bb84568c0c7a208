import type { Command } from 'commander'
import { grantTypes } from '../auth/clients/clients.ts'
import { list, UsageError } from './arguments.ts'
import { type OutputOptions, printOutcome, printRecord, printRecords } from './output.ts'
import { allOf } from './pagination.ts'
import { origin, type Terminal, type WithServices } from './terminal.ts'

/** Adds `sallyport clients …` to the program. */
export function addClientCommands(program: Command, withServices: WithServices, terminal: Terminal) {
  const clients = program
    .command('clients')
    .description('manage the applications that request tokens')
    .addHelpText(
      'after',
      '\nExample:\n  $ sallyport clients create web --public --grants password,refresh_token --scopes me'
    )

  clients
    .command('create')
    .argument('<name>', 'name of the client')
    .option('--confidential', 'the client can keep a secret, because it runs on a server')
    .addOption(
      clients
        .createOption('--public', 'the client runs in a browser or on a phone (the default)')
        .conflicts('confidential')
    )
    .requiredOption('--grants <list>', `comma-separated: ${grantTypes.join(', ')}`, list)
    .requiredOption('--scopes <list>', 'comma-separated scopes that it may request', list)
    .option('--dpop-bound', 'refuse its token requests without a DPoP proof')
    .option('--event-details', 'show it IP addresses and details of events, which can be personal data')
    .option('--json', 'print JSON')
    .description('register a client; its secret is shown once')
    .addHelpText(
      'after',
      `
Examples:
  $ sallyport clients create web --public --grants password,refresh_token --scopes me
  $ sallyport clients create reports --confidential --grants client_credentials --scopes users:read,introspect --json`
    )
    .action((name: string, options: CreateOptions) =>
      withServices(async services => {
        const { confidential = false, grants, scopes, dpopBound = false, eventDetails = false } = options
        const { client, secret } = await services.clientAdmin.create(
          { name, confidential, grants, scopes, dpop_bound_access_tokens: dpopBound, event_details: eventDetails },
          origin
        )
        printRecord(
          terminal,
          { ...services.clientAdmin.describe(client), ...(secret ? { client_secret: secret } : {}) },
          options
        )
      })
    )

  clients
    .command('list')
    .option('--json', 'print JSON')
    .description('list clients by name')
    .addHelpText('after', '\nExample:\n  $ sallyport clients list')
    .action((options: OutputOptions) =>
      withServices(async services => printRecords(terminal, await allOf(services.clientAdmin.page), options))
    )

  clients
    .command('show')
    .argument('<client>', 'name or client_id')
    .option('--json', 'print JSON')
    .description('show a client')
    .addHelpText('after', '\nExample:\n  $ sallyport clients show web')
    .action((client: string, options: OutputOptions) =>
      withServices(async services =>
        printRecord(terminal, services.clientAdmin.describe(await services.clientAdmin.byIdOrName(client)), options)
      )
    )

  clients
    .command('rotate-secret')
    .argument('<client>', 'name or client_id')
    .option('--json', 'print JSON')
    .description('create a new secret; the old one stops working immediately')
    .addHelpText('after', '\nExample:\n  $ sallyport clients rotate-secret reports --json')
    .action((name: string, options: OutputOptions) =>
      withServices(async services => {
        const { client, secret } = await services.clientAdmin.rotateSecret(name, origin)
        printRecord(terminal, { client_id: client.id, client_secret: secret }, options)
      })
    )

  clients
    .command('update')
    .argument('<client>', 'name or client_id')
    .option('--name <name>', 'new name')
    .option('--grants <list>', `new comma-separated list of ${grantTypes.join(', ')}`, list)
    .option('--scopes <list>', 'new comma-separated list of scopes', list)
    .option('--dpop-bound', 'refuse its token requests without a DPoP proof')
    .option('--no-dpop-bound', 'accept them again')
    .option('--event-details', 'show it IP addresses and details of events')
    .option('--no-event-details', 'show it only ids')
    .option('--disable', 'refuse the client, and end its logins')
    .addOption(clients.createOption('--enable', 'accept the client again').conflicts('disable'))
    .option('--json', 'print JSON')
    .description('change a client: its name, grants and scopes, whether its tokens are bound to a key, and its state')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sallyport clients update web --scopes me,orders:read\n  $ sallyport clients update web --disable'
    )
    .action((client: string, { json = false, dpopBound, eventDetails, disable, enable, ...others }: UpdateOptions) => {
      const changes = {
        ...others,
        ...(dpopBound !== undefined && { dpop_bound_access_tokens: dpopBound }),
        ...(eventDetails !== undefined && { event_details: eventDetails }),
        ...((disable ?? enable) && { disabled: disable === true })
      }
      if (Object.keys(changes).length === 0)
        throw new UsageError(
          'Nothing to change. Add --name, --grants, --scopes, --dpop-bound, --no-dpop-bound, --event-details, --no-event-details, --disable or --enable.'
        )
      return withServices(async services => {
        printRecord(
          terminal,
          services.clientAdmin.describe(await services.clientAdmin.update(client, changes, origin)),
          { json }
        )
      })
    })

  clients
    .command('delete')
    .argument('<client>', 'name or client_id')
    .option('--json', 'print JSON')
    .description('delete a client and end its logins')
    .addHelpText('after', '\nExample:\n  $ sallyport clients delete web')
    .action((client: string, options: OutputOptions) =>
      withServices(async services => {
        const found = await services.clientAdmin.byIdOrName(client)
        await terminal.confirm(`Delete the client ${found.name}?`)
        await services.clientAdmin.delete(found.id, origin)
        printOutcome(terminal, `${found.name} is deleted.`, { client_id: found.id, deleted: true }, options)
      })
    )
}

type UpdateOptions = OutputOptions & {
  name?: string
  grants?: string[]
  scopes?: string[]
  dpopBound?: boolean
  eventDetails?: boolean
  disable?: true
  enable?: true
}
type CreateOptions = OutputOptions & {
  confidential?: boolean
  grants: string[]
  scopes: string[]
  dpopBound?: boolean
  eventDetails?: boolean
}
