import { createReadStream, statSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type { Command } from 'commander'
import { type AuditEntry, type AuditQuery, describeFault } from '../auth/audit/audit-trail.ts'
import { timeIn } from '../auth/audit/times.ts'
import { type Comparison, compareReceived } from '../auth/webhooks/received.ts'
import { assertPatterns } from '../auth/webhooks/webhooks.ts'
import { CommandError, Problem } from '../base/errors.ts'
import type { OnProgress } from '../base/progress.ts'
import { visible } from '../base/visible.ts'
import { createLineSplitter } from '../transfer/lines.ts'
import type { OpenServices } from '../wiring/open-services.ts'
import { list, UsageError } from './arguments.ts'
import { type OutputOptions, printOutcome } from './output.ts'
import { firstOf } from './pagination.ts'
import { origin, type Terminal, type WithServices } from './terminal.ts'

const pollMs = 1000
/** How many numbers before the newest are read again: on PostgreSQL, events commit in any order. */
const lookBack = 1000

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

/** Compares a file of received events with the trail. Throws a CommandError when it cannot be read, or differs. */
async function compare(
  { db }: OpenServices,
  file: string,
  asked: string[],
  onProgress: OnProgress
): Promise<Comparison> {
  assertPatterns(asked)
  const found = await compareReceived(linesOf(file, onProgress), asked, db.audit, onProgress).catch(error => {
    throw new CommandError(`${file} cannot be compared: ${(error as Error).message}`)
  })
  const [missing, added] = [found.missing.length, found.added.length]
  if (missing + added === 0) return found
  const some = [...found.missing, ...found.added][0]
  throw new CommandError(
    `${file} lacks ${missing} event(s), and has ${added} that the trail does not have; the first is ${some}.`
  )
}

/** The lines of a file. Throws for one that is too long or not UTF-8. */
async function* linesOf(file: string, onProgress: OnProgress): AsyncGenerator<string> {
  const { push, end } = createLineSplitter({ cr: false })
  async function* all() {
    const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0
    let read = 0
    onProgress('reading the file')
    for await (const chunk of createReadStream(file)) {
      yield* push(chunk)
      read += chunk.length
      // A pipe has no size.
      if (bytes > 0) onProgress('reading the file', Math.min(read / bytes, 1))
    }
    yield* end()
  }
  for await (const { line, text, problem } of all()) {
    if (problem) throw new Error(`Line ${line} ${problem}.`)
    yield text
  }
}

function printComparison(terminal: Terminal, { events, pruned }: Comparison, options: OutputOptions) {
  const rest = pruned > 0 ? ` ${pruned} older one(s) were pruned here.` : ''
  const sentence = `The ${events} received event(s) are those of the audit trail: none is missing, and none was added.${rest}`
  printOutcome(terminal, sentence, { events, pruned }, options)
}

interface PruneOptions {
  olderThan: number
  broken?: boolean
  key?: string[]
}

type ExportOptions = FilterOptions & { seals?: boolean; publicKey?: boolean }

interface FilterOptions {
  action?: string
  subject?: string
  actor?: string
  client?: string
  ip?: string
  since?: string
  until?: string
}

const withFilters = (command: Command) =>
  command
    .option('--action <action>', 'only this action, such as login.failed')
    .option('--subject <subject>', 'only events about this user (username or id), client or key (id)')
    .option('--actor <actor>', 'only events caused by this user (username or id), this client (id), or cli')
    .option('--client <id>', 'only events that involve this client')
    .option('--ip <address>', 'only events from this IP address')
    .option('--since <time>', 'only events since 2026-01-31, 2026-01-31T12:00:00Z, or 12h for 12 hours ago')
    .option('--until <time>', 'only events before this time, in the same forms')

async function queryOf(services: OpenServices, options: FilterOptions): Promise<AuditQuery> {
  const { action, subject, actor, client, ip, since, until } = options
  const idOf = async (text: string) => {
    try {
      return (await services.userAdmin.byIdOrName(text)).id
    } catch (error) {
      // Without such a user, the text is the id of another kind of subject or of a deleted user.
      if (error instanceof Problem && error.status === 404) return text
      throw error
    }
  }
  return {
    action,
    subject: subject && (await idOf(subject)),
    actor: actor && (await idOf(actor)),
    client_id: client,
    ip,
    since: since && time(since, services.clock.now()),
    until: until && time(until, services.clock.now())
  }
}

/** The latest events, oldest first, and with `follow` also those written afterwards. */
async function* latest(
  services: OpenServices,
  { lines, follow, json, ...filters }: FilterOptions & OutputOptions & { lines: number; follow?: boolean }
) {
  const query = await queryOf(services, filters)

  async function show(entries: AuditEntry[]): Promise<string> {
    if (json) return entries.map(entry => `${JSON.stringify(entry)}\n`).join('')
    const ids = entries.flatMap(({ actor, subject }) => [actor, subject]).filter(id => id !== null)
    const names = await services.db.users.usernames([...new Set(ids)])
    return entries.map(entry => `${lineOf(entry, names)}\n`).join('')
  }

  let newest = await services.audit.newest()
  let seen = new Set<number>()

  /** The events that have appeared since the last call, also after events with higher numbers. */
  async function unseen(): Promise<AuditEntry[]> {
    const recent: AuditEntry[] = []
    for await (const { entries, last } of services.audit.entries(query, newest - lookBack)) {
      recent.push(...entries)
      newest = Math.max(newest, last)
    }
    const fresh = recent.filter(({ seq }) => !seen.has(seq))
    seen = new Set(recent.map(({ seq }) => seq))
    return fresh
  }

  if (follow) await unseen()
  const items = await firstOf(lines, page => services.audit.page({ ...query, ...page }))
  for (const { seq } of items) seen.add(seq)
  yield await show(items.reverse())
  while (follow) {
    await setTimeout(pollMs)
    // Even an empty text, which fails where the output is closed. A pipe whose reader has gone accepts it.
    yield await show(await unseen())
  }
}

async function* all(services: OpenServices, options: FilterOptions) {
  for await (const { entries } of services.audit.entries(await queryOf(services, options)))
    yield entries.map(entry => `${JSON.stringify(entry)}\n`).join('')
}

async function* sealed(services: OpenServices) {
  for await (const part of services.audit.sealedEntries()) yield part.map(one => `${JSON.stringify(one)}\n`).join('')
}

/** The event as one line of text, without members that are null, and with the usernames of accounts that exist. */
function lineOf({ seq, at, action, seal, detail, ...about }: AuditEntry, names: Map<string, string>): string {
  const named = Object.entries(about).map(([member, value]) => {
    const name = value === null ? undefined : names.get(value)
    return [member, name === undefined ? value : `${value} (${name})`] as const
  })
  const rest = [...named, ...Object.entries(detail)].filter(([, value]) => value !== null)
  return visible([seq, at, action, ...rest.map(([name, value]) => `${name}=${value}`)].join('  '))
}

const unitSeconds: Record<string, number> = { d: 86_400, h: 3600, m: 60, s: 1 }

/** The seconds of an age such as `90d`; `undefined` when `text` is not an age. */
function seconds(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d{1,5})([dhms])$/.exec(text) ?? []
  return number === undefined ? undefined : Number(number) * Number(unitSeconds[unit])
}

const age = (text: string) => seconds(text) ?? misused(`${text} is not an age such as 90d, 12h, 30m or 45s.`)

function time(text: string, now: Date): string {
  const ago = seconds(text)
  const date = ago === undefined ? timeIn(text) : new Date(now.getTime() - ago * 1000)
  const wrong = `${text} is not a time such as 2026-01-31, 2026-01-31T12:00:00Z or 12h.`
  return date?.toISOString() ?? misused(wrong)
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

function misused(message: string): never {
  throw new UsageError(message)
}
