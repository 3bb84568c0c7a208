import type { Command } from 'commander'
import { describeFault } from '../auth/audit/audit-trail.ts'
import { CommandError } from '../base/errors.ts'
import type { OpenServices } from '../wiring/open-services.ts'
import { list, misused } from './arguments.ts'
import { age, type FilterOptions, queryOf, withFilters } from './audit-filters.ts'
import { compare, printComparison } from './audit-received.ts'
import { latest } from './audit-tail.ts'
import { type OutputOptions, printOutcome } from './output.ts'
import { origin, type Terminal, type WithServices } from './terminal.ts'

/** Adds `sallyport audit …` to the program. */
export function addAuditCommands(program: Command, withServices: WithServices, terminal: Terminal) {
  const audit = program
    .command('audit')
    .description('read, verify and prune the audit trail')
    .addHelpText('after', '\nExample:\n  $ sallyport audit tail --follow')

  withFilters(audit.command('tail'))
    .option('-n, --lines <count>', 'number of events', count, 10)
    .option(
      '-f, --follow',
      'keep printing new events until Ctrl-C, or the first event after the reader of a pipe has gone'
    )
    .option('--json', 'print JSON, one event per line')
    .description('print the latest events')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sallyport audit tail -n 50 --action login.failed\n  $ sallyport audit tail --follow --subject alice'
    )
    .action((options: FilterOptions & OutputOptions & { lines: number; follow?: boolean }) =>
      withServices(services => terminal.pour(latest(services, options)))
    )

  withFilters(audit.command('export'))
    .option('--seals', 'print every seal after its events, to verify the trail elsewhere; without filters')
    .option('--public-key', 'print only the public key that verifies the seals (Ed25519)')
    .description('print all events as JSON, oldest first, one per line')
    .addHelpText(
      'after',
      `
Examples:
  $ sallyport audit export --since 2026-01-01 > audit.ndjson
  $ sallyport audit export --seals > sealed.ndjson
  $ sallyport audit export --public-key > audit.key`
    )
    .action(({ seals = false, publicKey = false, ...filters }: ExportOptions) => {
      const others = Object.keys(filters).length
      if (publicKey && (seals || others > 0)) misused('--public-key prints no events: remove the other options.')
      if (seals && others > 0) misused('--seals prints the whole trail: remove the filters.')
      if (publicKey) return withServices(async services => terminal.print(services.audit.publicKey))
      return withServices(services => terminal.pour(seals ? sealed(services) : all(services, filters)))
    })

  audit
    .command('verify')
    .option('--expect <number:hash>', 'the newest seal of an earlier run, which must still exist', sealIn)
    .option('--key <key>', 'the public key of an earlier SECRET; can be repeated', collect)
    .option(
      '--received <file>',
      'a file of received events, one JSON object per line, to find missing, added and changed ones'
    )
    .option('--events <list>', 'with --received, the events of the webhook, such as user.*', list)
    .option('--json', 'print JSON')
    .description('check that no event was changed or removed')
    .addHelpText(
      'after',
      `
Examples:
  $ sallyport audit verify
  $ sallyport audit verify --expect 17:HASH
  $ sallyport audit verify --received events.ndjson --events 'user.*'`
    )
    .action(({ expect, key = [], received, events: asked = ['*'], ...options }: OutputOptions & VerifyOptions) =>
      withServices(async services => {
        const { verified, compared } = await terminal.track(async onProgress => {
          const verified = await services.audit.verify({ noted: expect, earlier: key, onProgress })
          if (verified.broken) throw new CommandError(describeFault(verified.broken))
          const compared = received === undefined ? undefined : await compare(services, received, asked, onProgress)
          return { verified, compared }
        })
        if (compared) return printComparison(terminal, compared, options)
        const { events, newest, unsealed, unsealedSince } = verified
        const noted = `${newest.number}:${newest.hash}`
        const since = unsealedSince?.toISOString() ?? null
        const after = since === null ? '' : ` ${unsealed} event(s) are not sealed yet, the first since ${since}.`
        const sentence = `The audit trail is intact: ${events} event(s), the newest seal is ${noted}.${after}`
        printOutcome(terminal, sentence, { events, newest: noted, unsealed, unsealed_since: since }, options)
      })
    )

  audit
    .command('prune')
    .requiredOption('--older-than <age>', 'age of the oldest event to keep, such as 90d or 12h', age)
    .option('--broken', 'prune even if an event was changed or is missing; this is recorded')
    .option('--key <key>', 'the public key of an earlier SECRET; can be repeated', collect)
    .option('--json', 'print JSON')
    .description('delete old events; the rest can still be verified')
    .addHelpText('after', '\nExample:\n  $ sallyport audit prune --older-than 90d')
    .action(({ olderThan, broken = false, key = [], ...options }: OutputOptions & PruneOptions) =>
      withServices(async services => {
        await services.databaseClock.check()
        const deleted = await services.audit.prune(olderThan, { ...origin, evenBroken: broken, earlier: key })
        printOutcome(terminal, `Deleted ${deleted} event(s).`, { deleted }, options)
      })
    )
}

interface VerifyOptions {
  expect?: ReturnType<typeof sealIn>
  key?: string[]
  received?: string
  events?: string[]
}

interface PruneOptions {
  olderThan: number
  broken?: boolean
  key?: string[]
}

type ExportOptions = FilterOptions & { seals?: boolean; publicKey?: boolean }

async function* all(services: OpenServices, options: FilterOptions) {
  for await (const { entries } of services.audit.entries(await queryOf(services, options)))
    yield entries.map(entry => `${JSON.stringify(entry)}\n`).join('')
}

async function* sealed(services: OpenServices) {
  for await (const part of services.audit.sealedEntries()) yield part.map(one => `${JSON.stringify(one)}\n`).join('')
}

const count = (text: string) => (/^\d{1,5}$/.test(text) ? Number(text) : misused(`${text} is not a number of events.`))

function sealIn(text: string): { number: number; hash: string } {
  const [, number, hash] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text) ?? []
  return hash === undefined
    ? misused(`${text} is not NUMBER:HASH, as verify prints it.`)
    : { number: Number(number), hash }
}

function collect(text: string, earlier: string[] = []): string[] {
  if (!/^[A-Za-z0-9_-]{43}$/.test(text))
    misused(`${text} is not a public key, as \`sallyport audit export --public-key\` prints it.`)
  return [...earlier, text]
}
