import { setTimeout } from 'node:timers/promises'
import type { AuditEntry } from '../auth/audit/audit-trail.ts'
import { visible } from '../base/visible.ts'
import type { OpenServices } from '../wiring/open-services.ts'
import { type FilterOptions, queryOf } from './audit-filters.ts'
import type { OutputOptions } from './output.ts'
import { firstOf } from './pagination.ts'

const pollMs = 1000
/** How many numbers before the newest are read again: on PostgreSQL, events commit in any order. */
const lookBack = 1000

/** The latest events, oldest first, and with `follow` also those written afterwards. */
export async function* latest(
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

/** The event as one line of text, without members that are null, and with the usernames of accounts that exist. */
function lineOf({ seq, at, action, seal, detail, ...about }: AuditEntry, names: Map<string, string>): string {
  const named = Object.entries(about).map(([member, value]) => {
    const name = value === null ? undefined : names.get(value)
    return [member, name === undefined ? value : `${value} (${name})`] as const
  })
  const rest = [...named, ...Object.entries(detail)].filter(([, value]) => value !== null)
  return visible([seq, at, action, ...rest.map(([name, value]) => `${name}=${value}`)].join('  '))
}
