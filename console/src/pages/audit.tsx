import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Link, useLocation, useSearch } from 'wouter-preact'
import { api, ok } from '../api.ts'
import { number } from '../intl.ts'
import type { components } from '../openapi.d.ts'
import { pagesOf } from '../paging.ts'
import { EventPlot, readCounts } from '../plot/event-plot.tsx'
import { texts } from '../texts.ts'
import { Facts, Loaded, notify, Page, Section, useAction, useLoad } from '../ui.ts'
import { can } from '../who.ts'
import { Events } from './audit/events.tsx'
import { FilterForm, Summary } from './audit/filter-form.tsx'
import { addressOf, eventOf, type Filters, filtersOf, plotRangeOf, type Query, queryOf } from './audit/filters.ts'

const t = { ...texts.common, ...texts.audit }

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
  const folded = useRef<HTMLDetailsElement>(null)
  const show = (chosen: Filters) => {
    setTurn(turn + 1)
    go(addressOf(chosen))
    if (!folded.current) return
    folded.current.open = false
    folded.current.querySelector('summary')?.focus()
  }
  const mayRead = can('audit:read')
  const isFiltered = address !== addressOf(filtersOf(''))
  return (
    <Page title={t.title}>
      {mayRead && (
        <>
          <Section title={t.filter} actions={isFiltered && <Link href="/audit">{t.clear}</Link>}>
            <details ref={folded}>
              <summary>
                <Summary filters={filters} />
              </summary>
              <FilterForm filters={filters} onShow={show} />
            </details>
          </Section>
          <Plot filters={filters} query={query} now={now} />
        </>
      )}
      <Events filters={filters} query={query} open={eventOf(search)} />
      {mayRead && <Verify />}
    </Page>
  )
}

/** When the events happened. The server counts them by time and action only. */
function Plot({ filters, query, now }: { filters: Filters; query: Query; now: number }) {
  const range = plotRangeOf(query, now)
  const counts = useLoad(() => readCounts(range, query.action), [query])
  const isWider = query.subject || query.actor || query.client_id || query.ip || query.session
  return (
    <Section title={t.plotTitle[range.by]} hint={isWider && t.isWider}>
      <Loaded load={counts}>{found => <EventPlot counts={found} filters={filters} />}</Loaded>
    </Section>
  )
}

const verifying = texts.audit.verify

type Verification = components['schemas']['AuditVerification']

/** Whether the audit trail is as it was written, checked on request, which takes many requests and can be cancelled. */
function Verify() {
  const [found, setFound] = useState<Verification>()
  const [done, setDone] = useState(0)
  const button = useRef<HTMLButtonElement>(null)
  const running = useRef<AbortController>()
  const [isBusy, act] = useAction(async () => {
    const control = new AbortController()
    running.current = control
    setFound(undefined)
    setDone(0)
    let all = { events: 0, seals: 0 }
    try {
      for await (const step of pagesOf(start =>
        ok(api.GET('/audit/verify', { params: { query: start }, signal: control.signal }))
      )) {
        all = { ...step, events: all.events + step.events, seals: all.seals + step.seals }
        setDone(all.events)
      }
      setFound(all as Verification)
    } catch (error) {
      if (!control.signal.aborted) throw error
      notify(t.cancelled)
    }
  })
  function cancel() {
    running.current?.abort()
    button.current?.focus()
  }
  useEffect(() => () => running.current?.abort(), [])
  return (
    <Section title={verifying.title} hint={verifying.hint}>
      <div class="actions">
        <button ref={button} type="button" aria-disabled={isBusy} onClick={act}>
          {isBusy ? t.working : verifying.now}
        </button>
        {isBusy && (
          <button type="button" onClick={cancel}>
            {t.cancel}
          </button>
        )}
        {isBusy && <p class="hint">{verifying.progress(done)}</p>}
      </div>
      <div role="status">{found && <Result {...found} />}</div>
    </Section>
  )
}

function Result({ events, seals, newest, unsealed, broken }: Verification) {
  return (
    <>
      {broken ? (
        <>
          <p class="fault">{verifying.broken(broken.what, broken.fault)}</p>
          <p>{verifying.meaning(events)}</p>
        </>
      ) : (
        <p class="sound">{verifying.intact(events)}</p>
      )}
      {unsealed !== null && <p>{verifying.unsealed(unsealed)}</p>}
      <Facts
        items={[
          [verifying.seals, number.format(seals)],
          [verifying.newest, newest && <code>{`${newest.number}:${newest.hash}`}</code>]
        ]}
      />
    </>
  )
}
