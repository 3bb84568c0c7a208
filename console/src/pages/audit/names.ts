import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { api, ok } from '../../api.ts'
import { pagesOf } from '../../paging.ts'
import { can } from '../../who.ts'
import { isUserId } from './ids.ts'

/** The usernames of accounts by their ids, as far as they are known. */
const names = signal<Record<string, string>>({})
const asked = new Set<string>()
let last = Promise.resolve()

/** The username of the account `id`, once it is read; `undefined` for other ids, and without the right to read it. */
export function useUsername(id: string | null): string | undefined {
  const isReadable = id !== null && isUserId(id) && can('users:read')
  useEffect(() => {
    if (!isReadable || asked.has(id)) return
    asked.add(id)
    // One after the other: a page of events may name a hundred accounts.
    last = last.then(() => readName(id))
  }, [id, isReadable])
  return isReadable ? names.value[id] : undefined
}

async function readName(id: string) {
  const { data, response } = await api.GET('/users/{id}', { params: { path: { id } } }).catch(() => unreachable)
  if (data) names.value = { ...names.value, [id]: data.username }
  // A deleted account has no name.
  else if (response?.status !== 404) asked.delete(id)
}

const unreachable = { data: undefined, response: undefined }

/** The most requests for one name. Accounts whose e-mail address begins with it may come first. */
const mostPages = 20

/** The id of the account with this username or e-mail address. */
export async function idOf(name: string): Promise<string | undefined> {
  const wanted = name.normalize('NFKC').toLowerCase()
  const pages = pagesOf(start => ok(api.GET('/users', { params: { query: { q: wanted, limit: 100, ...start } } })))
  let left = mostPages
  for await (const { items } of pages) {
    const found = items.find(({ username, email }) => username === wanted || email === wanted)
    left--
    if (found || left === 0) return found?.id
  }
  return undefined
}
