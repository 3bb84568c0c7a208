import { api, ok } from '../../api.ts'
import type { components } from '../../openapi.d.ts'
import { lengthOf, type Range } from '../../plot/bars.ts'
import { type Counts, readCounts } from '../../plot/counts.ts'

/** The content of the overview, and when it was read. */
export interface State extends Record<'hour' | 'day', Counts> {
  server: components['schemas']['Overview']
  at: Date
}

export async function readState(): Promise<State> {
  const [server, hour, day] = await Promise.all([
    ok(api.GET('/overview')),
    readCounts(last(lengthOf.hour)),
    readCounts(last(lengthOf.day))
  ])
  return { server, hour, day, at: new Date() }
}

function last(length: number): Range {
  const until = Date.now()
  return { since: until - length, until, by: 'hour' }
}
