import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { api, ok } from '../../api.ts'
import { pagesOf } from '../../paging.ts'
import { consolePath } from '../../place.ts'
import { texts } from '../../texts.ts'
import { Value } from '../../ui.ts'
import { can } from '../../who.ts'
import { isClientId, isUserId } from './ids.ts'

/** The names of accounts and clients by their ids, as far as they are known. */
const names = signal<Record<string, string>>({})
const asked = new Set<string>()
let last = Promise.resolve()

/** Reads the name of an id; `undefined` if it has none, or the person may not read it. */
function readerOf(id: string | null) {
  if (id === null) return undefined
  const at = { params: { path: { id } } }
  if (isUserId(id)) return can('users:read') ? () => api.GET('/users/{id}', at) : undefined
  return isClientId(id) && can('clients:read') ? () => api.GET('/clients/{id}', at) : undefined
}

/** The username of the account or the name of the client `id`, once it is read; `undefined` if it cannot be read. */
export function useName(id: string | null): string | undefined {
  const reader = readerOf(id)
  const isReadable = reader !== undefined
  useEffect(() => {
    if (id === null || !reader || asked.has(id)) return
    asked.add(id)
    // One after the other: a page of events may name a hundred accounts.
    last = last.then(() => readName(id, reader))
  }, [id, isReadable])
  return isReadable && id !== null ? names.value[id] : undefined
}

async function readName(id: string, read: NonNullable<ReturnType<typeof readerOf>>) {
  const { data, response } = await read().catch(() => unreachable)
  if (data) names.value = { ...names.value, [id]: 'username' in data ? data.username : data.name }
  // One that is deleted has no name.
  else if (response?.status !== 404) asked.delete(id)
}

const unreachable = { data: undefined, response: undefined }

/** The most requests for one name. Accounts whose e-mail address begins with it may come first. */
const mostPages = 20

/** The id of the account with this username or e-mail address. */
export async function idOf(name: string): Promise<string | undefined> {
  const wanted = name.normalize('NFKC').toLowerCase()
  const read = (start: object) => ok(api.GET('/users', { params: { query: { q: wanted, limit: 100, ...start } } }))
  for await (const { items } of pagesOf(read, mostPages)) {
    const found = items.find(({ username, email }) => username === wanted || email === wanted)
    if (found) return found.id
  }
  return undefined
}

const t = texts.audit

/** A party of an event: an account or a client with a link to it, or its id. */
export function Party({ id }: { id: string | null }) {
  const name = useName(id)
  if (id === null) return null
  if (id === 'cli') return <>{t.commandLine}</>
  if (id === 'app') return <>{t.app}</>
  if (name === undefined)
    return (
      <code>
        <Value text={id} />
      </code>
    )
  return (
    <Link class="name" title={name} href={`~${consolePath}/${id.startsWith('c_') ? 'clients' : 'accounts'}/${id}`}>
      {name}
    </Link>
  )
}
