import { setTimeout as sleep } from 'node:timers/promises'
import { select } from '../../test/support/select.ts'
import { inspect, whole } from '../support/inspect.ts'
import type { Load } from './load.ts'
import type { Service } from './service.ts'

// Each passes its faults to `report`.

const idleLimitMs = 90_000

/** Receives one difference. */
type Report = (what: string) => void

/** The database has no damage and no partial writes. */
export async function assertWhole({ databaseUrl }: Service, report: Report) {
  const found = JSON.stringify(await inspect(databaseUrl))
  if (found !== JSON.stringify(whole)) report(`The database is damaged: ${found}`)
}

/** Every account that was acknowledged is in the database, and none that was deleted. */
export async function assertNames({ databaseUrl }: Service, load: Load, report: Report) {
  const names = new Set((await select(databaseUrl, 'SELECT username FROM users')).map(({ username }) => username))
  const { existing, deleted } = load.names()
  for (const name of existing) if (!names.has(name)) report(`The account ${name} is lost`)
  for (const name of deleted) if (names.has(name)) report(`The account ${name} was deleted and is there`)
}

/** Waits until nothing leaks, because connections of clients close some time after their last request. */
export async function assertIdle(leaks: () => string[], report: Report) {
  const giveUpAt = performance.now() + idleLimitMs
  while (leaks().length > 0 && performance.now() < giveUpAt) await sleep(500)
  for (const leak of leaks()) report(leak)
}

/** Without a `pattern` that explains it, no error is logged. */
export function assertExplained({ nodes }: Service, pattern: RegExp | undefined, report: Report) {
  for (const line of nodes.flatMap(node => node.takeErrors())) if (!pattern?.test(line)) report(`The log has: ${line}`)
}
