import { Link, Redirect, useSearch } from 'wouter-preact'
import { api, ok } from '../api.ts'
import { nameOfLoginId } from '../login-name.ts'
import { pagesOf } from '../paging.ts'
import { texts } from '../texts.ts'
import { Empty, Loaded, Page, Section, useLoad } from '../ui.ts'
import { can } from '../who.ts'
import { addressOf } from './audit/filters.ts'
import { isClientId, isId, isUserId, timeOfId } from './audit/ids.ts'

const t = texts.search

/** The results of the search in the header. A single result opens. */
export function Search() {
  const q = new URLSearchParams(useSearch()).get('q')?.trim() ?? ''
  const found = useLoad(() => find(q), [q])
  return (
    <Page title={t.title(q)}>
      <Loaded load={found}>
        {({ accounts, clients, events, isCut }) => {
          const [first, ...others] = [...accounts, ...clients, ...events]
          if (!first) return <Empty>{t.none}</Empty>
          if (others.length === 0 && !isCut) return <Redirect to={first.address} replace />
          return (
            <>
              <Hits title={texts.accounts.title} hits={accounts} />
              <Hits title={texts.clients.title} hits={clients} />
              <Hits title={texts.audit.title} hits={events} />
              {isCut && <p class="hint">{t.isCut}</p>}
            </>
          )
        }}
      </Loaded>
    </Page>
  )
}

function Hits({ title, hits }: { title: string; hits: Hit[] }) {
  if (hits.length === 0) return null
  return (
    <Section title={title}>
      <ul class="plain">
        {hits.map(({ label, address }) => (
          <li key={address}>
            <Link href={address}>{label}</Link>
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** A page that a search has found. */
interface Hit {
  label: string
  address: string
}

/** The most results of a kind, and the most requests for them. */
const most = 20
const mostPages = 5

/**
 * Finds accounts, clients and events, as far as the login may read them, and says whether there are more. Sends a bounded
 * number of requests.
 */
async function find(text: string) {
  // No name is that long or has a control character, and the server refuses to search for some of them.
  if (text === '' || text.length > 254 || /\p{Cc}/u.test(text))
    return { accounts: [], clients: [], events: [], isCut: false }
  const id = text.toLowerCase()
  const q = isUserId(id) || isClientId(id) ? id : text
  const [accounts, clients, ofSession] = await Promise.all([accountsOf(q), clientsOf(q), sessionOf(q)])
  const isKnown = accounts.length + clients.length + ofSession.length > 0
  const cut = (hits: Hit[]) => hits.slice(0, most)
  return {
    accounts: cut(accounts),
    clients: cut(clients),
    events: isKnown ? ofSession : await eventsAbout(q),
    isCut: [accounts, clients].some(hits => hits.length > most)
  }
}

/** The account with this id, or those whose username or e-mail address begins with the text. */
async function accountsOf(q: string): Promise<Hit[]> {
  if (!can('users:read')) return []
  const byId = isUserId(q) && (await found(api.GET('/users/{id}', { params: { path: { id: q } } })))
  if (byId) return [accountHit(byId)]
  return (await someOf(start => ok(api.GET('/users', { params: { query: { q, limit: most + 1, ...start } } })))).map(
    accountHit
  )
}

const accountHit = (account: { id: string; username: string; email: string | null }): Hit => ({
  label: account.email ? `${account.username} (${account.email})` : account.username,
  address: `/accounts/${account.id}`
})

/** The clients whose id the text is, or whose name contains it. */
async function clientsOf(q: string): Promise<Hit[]> {
  if (!can('clients:read')) return []
  const wanted = q.toLowerCase()
  const clients = await someOf(
    start => ok(api.GET('/clients', { params: { query: { limit: 100, ...start } } })),
    ({ client_id, name }) => client_id === q || name.toLowerCase().includes(wanted)
  )
  return clients.map(({ client_id, name }) => ({ label: name, address: `/clients/${client_id}` }))
}

/** The events of the login with this id. */
async function sessionOf(session: string): Promise<Hit[]> {
  // The id has the time of the login, whose event names the account. With the account, its other events are found
  // however long the audit trail is.
  const at = timeOfId(session)?.getTime()
  if (!can('audit:read') || at === undefined || at > Date.now() + 60_000) return []
  const [since, until] = [at - 60_000, at + 60_000].map(time => new Date(time).toISOString())
  const query = { session, limit: 1, ...(since && { since }), ...(until && { until }) }
  const { items } = await ok(api.GET('/audit', { params: { query } }))
  return items.map(({ subject }) => ({
    label: t.ofLogin(nameOfLoginId(session) ?? session),
    address: addressOf({ range: 'own', session, subject: subject ?? '' })
  }))
}

/** The events about this id, such as that of a deleted account. */
async function eventsAbout(subject: string): Promise<Hit[]> {
  if (!can('audit:read') || !isId(subject)) return []
  const { items } = await ok(api.GET('/audit', { params: { query: { subject, limit: 1 } } }))
  return items.map(() => ({ label: t.about(subject), address: addressOf({ range: 'own', subject }) }))
}

/** The value, or nothing if there is none with this id. */
async function found<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T | undefined> {
  return (await answer).response.status === 404 ? undefined : await ok(answer)
}

/** The items of the first pages that match, one more than are shown if there are so many. */
async function someOf<T>(
  read: (start: { cursor?: string }) => Promise<{ items: T[]; next_cursor: string | null }>,
  matches: (item: T) => boolean = () => true
): Promise<T[]> {
  const some: T[] = []
  for await (const { items } of pagesOf(read, mostPages)) {
    some.push(...items.filter(matches))
    if (some.length > most) break
  }
  return some.slice(0, most + 1)
}
