import type { Command } from 'commander'
import type { AuditQuery } from '../auth/audit/audit-trail.ts'
import { timeIn } from '../auth/audit/times.ts'
import { Problem } from '../base/errors.ts'
import type { OpenServices } from '../wiring/open-services.ts'
import { misused } from './arguments.ts'

/** The options that choose events of the audit trail. */
export interface FilterOptions {
  action?: string
  subject?: string
  actor?: string
  client?: string
  ip?: string
  since?: string
  until?: string
}

/** Adds the options to a command. */
export const withFilters = (command: Command) =>
  command
    .option('--action <action>', 'only this action, such as login.failed')
    .option('--subject <subject>', 'only events about this user (username or id), client or key (id)')
    .option('--actor <actor>', 'only events caused by this user (username or id), this client (id), or cli')
    .option('--client <id>', 'only events that involve this client')
    .option('--ip <address>', 'only events from this IP address')
    .option('--since <time>', 'only events since 2026-01-31, 2026-01-31T12:00:00Z, or 12h for 12 hours ago')
    .option('--until <time>', 'only events before this time, in the same forms')

/** The query of the options: a username becomes its id, a time or an age a time. */
export async function queryOf(services: OpenServices, options: FilterOptions): Promise<AuditQuery> {
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

const unitSeconds: Record<string, number> = { d: 86_400, h: 3600, m: 60, s: 1 }

/** The seconds of an age such as `90d`; `undefined` when `text` is not an age. */
function seconds(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d{1,5})([dhms])$/.exec(text) ?? []
  return number === undefined ? undefined : Number(number) * Number(unitSeconds[unit])
}

/** Reads an age such as `90d`, in seconds. Throws a UsageError for another text. */
export const age = (text: string) => seconds(text) ?? misused(`${text} is not an age such as 90d, 12h, 30m or 45s.`)

function time(text: string, now: Date): string {
  const ago = seconds(text)
  const date = ago === undefined ? timeIn(text) : new Date(now.getTime() - ago * 1000)
  const wrong = `${text} is not a time such as 2026-01-31, 2026-01-31T12:00:00Z or 12h.`
  return date?.toISOString() ?? misused(wrong)
}
