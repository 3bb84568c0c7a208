import { type Api, ask, expect, type NextUrl } from '../support/writer/requests.ts'

/** The scopes of its client. */
export const auditorScopes = ['introspect', 'audit:read', 'users:read']

/**
 * An administrator's program that reads the newest events and accounts, and lets the service verify the next part of
 * its audit trail.
 */
export function createAuditor(next: NextUrl, client: Api) {
  let token: string | undefined
  let cursor: string | null = null

  async function get(path: string): Promise<Record<string, unknown>> {
    return expect(200, await ask(next() + path, { token })).json
  }

  return async function audit(): Promise<boolean> {
    if (token === undefined) {
      const form = { grant_type: 'client_credentials', scope: auditorScopes.join(' '), ...client }
      token = String(expect(200, await ask(`${next()}/token`, { form })).json.access_token)
    }
    const { items } = (await get('/audit?limit=20')) as { items: { at: string }[] }
    const times = items.map(({ at }) => at)
    // ISO 8601 sorts as text.
    if (times.join() !== times.toSorted().reverse().join()) throw new Error(`The events are not in order: ${times}`)
    await get('/users?limit=20')
    const { broken, next_cursor } = await get(`/audit/verify${cursor === null ? '' : `?cursor=${cursor}`}`)
    if (broken) throw new Error(`The audit trail is broken: ${JSON.stringify(broken)}`)
    cursor = next_cursor as string | null
    // A new login from time to time.
    if (cursor === null) token = undefined
    return false
  }
}
