import type { Command } from 'commander'
import type { Webhook } from '../../routes/webhooks.ts'
import type { OpenServices } from '../wiring/open-services.ts'
import { list, UsageError } from './arguments.ts'
import { type OutputOptions, printOutcome, printRecord, printRecords } from './output.ts'
import { origin, type Terminal, type WithServices } from './terminal.ts'

/** Adds `sallyport webhooks …` to the program. */
export function addWebhookCommands(program: Command, withServices: WithServices, terminal: Terminal) {
  const webhooks = program
    .command('webhooks')
    .description('manage the receivers of events; a running server sends them')
    .addHelpText('after', `\nExample:\n  $ sallyport webhooks create https://crm.example.com/events --events 'user.*'`)

  const json = (command: Command) => command.option('--json', 'print JSON')
  const run = (options: OutputOptions, work: (services: OpenServices) => Promise<object>) =>
    withServices(async services => printRecord(terminal, shown((await work(services)) as Webhook, options), options))

  json(webhooks.command('create').argument('<url>', 'where events are posted'))
    .requiredOption('--events <list>', 'comma-separated actions such as login.failed, user.* or *', list)
    .option('--details', 'send IP addresses and details too, which can be personal data')
    .description('create a webhook; its secret is shown once')
    .addHelpText(
      'after',
      `\nExample:\n  $ sallyport webhooks create https://crm.example.com/events --events 'user.*,login.failed'`
    )
    .action((url: string, { events, details = false, ...options }: OutputOptions & CreateOptions) =>
      run(options, async ({ webhooks }) => {
        const { webhook, secret } = await webhooks.create({ url, events, details }, origin)
        return { ...webhooks.describe(webhook), secret }
      })
    )

  json(webhooks.command('list'))
    .description('list webhooks, and how far their events were sent')
    .addHelpText('after', '\nExample:\n  $ sallyport webhooks list')
    .action((options: OutputOptions) =>
      withServices(async ({ webhooks }) => {
        const all = (await webhooks.list()).map(webhooks.describe)
        const rows = all.map(({ id, url, events, state, reached_at }) => ({ id, url, events, state, reached_at }))
        printRecords(terminal, options.json ? all.map(webhook => shown(webhook, options)) : rows, options)
      })
    )

  json(webhooks.command('update').argument('<id>', 'id of the webhook'))
    .option('--url <url>', 'new URL')
    .option('--events <list>', 'new comma-separated list of actions', list)
    .option('--details', 'send IP addresses and details too')
    .option('--no-details', 'send only ids')
    .option('--pause', 'send nothing until it continues')
    .addOption(webhooks.createOption('--continue', 'go on where it stopped').conflicts('pause'))
    .option('--rotate-secret', 'make a new secret, which is shown once')
    .description('change a webhook')
    .addHelpText('after', '\nExample:\n  $ sallyport webhooks update ID --continue')
    .action((id: string, { json = false, pause, continue: goesOn, rotateSecret, ...others }: UpdateOptions) => {
      const changes = {
        ...others,
        ...((pause ?? goesOn) && { paused: pause === true }),
        ...(rotateSecret && { rotate_secret: true })
      }
      if (Object.keys(changes).length === 0)
        throw new UsageError(
          'Nothing to change. Add --url, --events, --details, --no-details, --pause, --continue or --rotate-secret.'
        )
      return run({ json }, async ({ webhooks }) => {
        const { webhook, secret } = await webhooks.update(id, changes, origin)
        return { ...webhooks.describe(webhook), ...(secret !== undefined && { secret }) }
      })
    })

  json(webhooks.command('replay').argument('<id>', 'id of the webhook'))
    .option('--after <seal>', 'number of a seal; 0 for all events', Number)
    .addOption(webhooks.createOption('--since <time>', 'such as 2026-01-31T12:00:00Z').conflicts('after'))
    .description('send the events after a seal or since a time again')
    .addHelpText('after', '\nExample:\n  $ sallyport webhooks replay ID --since 2026-01-31')
    .action((id: string, { after, since, ...options }: OutputOptions & { after?: number; since?: string }) => {
      if (after !== undefined && !Number.isSafeInteger(after))
        throw new UsageError('--after is not a number of a seal.')
      if (after === undefined && since === undefined) throw new UsageError('Add --after or --since.')
      const from = { ...(after !== undefined && { after }), ...(since !== undefined && { since }) }
      return run(options, async ({ webhooks }) => webhooks.describe(await webhooks.replay(id, from, origin)))
    })

  json(webhooks.command('test').argument('<id>', 'id of the webhook'))
    .description('send the event webhook.tested')
    .addHelpText('after', '\nExample:\n  $ sallyport webhooks test ID')
    .action((id: string, options: OutputOptions) =>
      run(options, async ({ webhooks }) => webhooks.describe(await webhooks.test(id, origin)))
    )

  json(webhooks.command('delete').argument('<id>', 'id of the webhook'))
    .description('delete a webhook')
    .addHelpText('after', '\nExample:\n  $ sallyport webhooks delete ID')
    .action((id: string, options: OutputOptions) =>
      withServices(async ({ webhooks }) => {
        const { url } = await webhooks.find(id)
        await terminal.confirm(`Delete the webhook to ${url}?`)
        await webhooks.delete(id, origin)
        printOutcome(terminal, `The webhook to ${url} is deleted.`, { id, deleted: true }, options)
      })
    )
}

/** The deliveries only in JSON, because a line has no room for them. */
function shown({ deliveries, ...webhook }: Webhook, { json }: OutputOptions) {
  return json ? { ...webhook, deliveries: deliveries as never[] } : webhook
}

interface CreateOptions {
  events: string[]
  details?: boolean
}
type UpdateOptions = OutputOptions & {
  url?: string
  events?: string[]
  details?: boolean
  pause?: true
  continue?: true
  rotateSecret?: true
}
