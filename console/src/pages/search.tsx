import { Link, Redirect, useSearch } from 'wouter-preact'
import { texts } from '../texts.ts'
import { Empty, Loaded, Page, Section, useLoad } from '../ui.ts'
import { find, type Hit } from './search/find.ts'

const t = texts.search

/** The results of the search in the header. A single result opens. */
export function Search() {
  const q = new URLSearchParams(useSearch()).get('q')?.trim() ?? ''
  const found = useLoad(async () => (q ? await find(q) : { accounts: [], clients: [], events: [], isCut: false }), [q])
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
