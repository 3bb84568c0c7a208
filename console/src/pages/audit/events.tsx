import { useLocation } from 'wouter-preact'
import { type AuditEvent, api, ok } from '../../api.ts'
import { eventWords } from '../../event-words.ts'
import type { ReadPage } from '../../paging.ts'
import { texts } from '../../texts.ts'
import { List, Moment, SaveCsv, Section, usePages } from '../../ui.ts'
import { can } from '../../who.ts'
import { EventDialog } from './event-dialog.tsx'
import { addressOf, type EventPlace, type Filters, type Query } from './filters.ts'
import { Party } from './party.tsx'

const t = { ...texts.common, ...texts.audit }

/** The columns of the CSV file. */
const columns = ['seq', 'at', 'action', 'subject', 'actor', 'client_id', 'ip', 'seal', 'detail'] as const

/** The events that match, the newest first. Each opens in a dialog, of which the address of the page names the event. */
export function Events(props: { filters: Filters; query: Query; open: EventPlace | undefined }) {
  const { filters, query, open } = props
  const [, go] = useLocation()
  const show = (event?: AuditEvent) => go(addressOf(filters, event), { replace: true })
  const read: ReadPage<AuditEvent> = (page, signal) =>
    ok(api.GET('/audit', { params: { query: { ...query, ...page } }, ...(signal && { signal }) }))
  const pages = usePages(read, [query])
  const save = <SaveCsv name="audit" command="sallyport audit export" columns={[...columns]} read={read} />
  return (
    <Section title={t.events} actions={can('audit:read') && save}>
      <List
        pages={pages}
        label={t.events}
        by="seq"
        empty={t.empty}
        columns={[
          [t.at, ({ at }) => <Moment at={at} />],
          [
            t.fields.action,
            event => (
              <button type="button" class="quiet" aria-haspopup="dialog" onClick={() => show(event)}>
                {eventWords(event)}
              </button>
            )
          ],
          [t.fields.subject, ({ subject }) => <Party id={subject} />],
          [t.fields.actor, ({ actor }) => <Party id={actor} />],
          [t.fields.client_id, ({ client_id }) => <Party id={client_id} />],
          [t.fields.ip, ({ ip }) => ip ?? <span class="hint">{texts.common.none}</span>]
        ]}
      />
      {open && (
        <EventDialog
          key={open.seq}
          place={open}
          listed={pages.value?.items.find(({ seq }) => seq === open.seq)}
          filters={filters}
          onClose={() => show()}
        />
      )}
    </Section>
  )
}
