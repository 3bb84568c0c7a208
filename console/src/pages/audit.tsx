import { useMemo, useState } from 'preact/hooks'
import { Link, useLocation, useSearch } from 'wouter-preact'
import { texts } from '../texts.ts'
import { Page, Section } from '../ui/page.tsx'
import { can } from '../who.ts'
import { Events } from './audit/events.tsx'
import { FilterForm } from './audit/filter-form.tsx'
import { addressOf, eventOf, type Filters, filtersOf, queryOf } from './audit/filters.ts'
import { Plot } from './audit/plot.tsx'
import { Verify } from './audit/verify.tsx'

const t = texts.audit

/** The audit trail, with its filters in the address. */
export function Audit() {
  const search = useSearch()
  const [, go] = useLocation()
  const [turn, setTurn] = useState(0)
  // Stays the same when an event opens.
  const address = addressOf(filtersOf(search))
  // A range such as the last hour ends when the person asks for it.
  const now = useMemo(() => Date.now(), [address, turn])
  const filters = useMemo(() => filtersOf(search), [address])
  const query = useMemo(() => queryOf(filters, now), [filters, now])
  const show = (chosen: Filters) => {
    setTurn(turn + 1)
    go(addressOf(chosen))
  }
  const mayRead = can('audit:read')
  return (
    <Page title={t.title}>
      {mayRead && (
        <>
          <Section title={t.filter} actions={<Link href="/audit">{t.clear}</Link>}>
            <FilterForm filters={filters} onShow={show} />
          </Section>
          <Plot filters={filters} query={query} now={now} />
        </>
      )}
      <Events filters={filters} query={query} open={eventOf(search)} />
      {mayRead && <Verify />}
    </Page>
  )
}
