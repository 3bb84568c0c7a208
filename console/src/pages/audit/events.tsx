import { useState } from 'preact/hooks'
import { type AuditEvent, api, ok } from '../../api.ts'
import { eventWords } from '../../event-words.ts'
import { texts } from '../../texts.ts'
import { List } from '../../ui/list.tsx'
import { usePages } from '../../ui/loading.tsx'
import { Moment, Section, Table } from '../../ui/page.tsx'
import { can } from '../../who.ts'
import { EventDialog } from './event-dialog.tsx'
import { Export } from './export.tsx'
import type { Filters, Query } from './filters.ts'
import { Party } from './party.tsx'

const t = texts.audit

/** The events that match, the newest first. Each opens in a dialog. */
export function Events({ filters, query }: { filters: Filters; query: Query }) {
  const [open, setOpen] = useState<AuditEvent>()
  const pages = usePages(
    cursor => ok(api.GET('/audit', { params: { query: cursor === undefined ? query : { ...query, cursor } } })),
    [query]
  )
  return (
    <Section title={t.events} actions={can('audit:read') && <Export query={query} />}>
      <List pages={pages} empty={t.empty}>
        {events => (
          <Table
            label={t.events}
            columns={[t.at, t.fields.action, t.fields.subject, t.fields.actor, t.fields.client_id, t.fields.ip]}
          >
            {events.map(event => (
              <tr key={event.seq}>
                <td>
                  <Moment at={event.at} />
                </td>
                <td>
                  <button type="button" class="quiet" aria-haspopup="dialog" onClick={() => setOpen(event)}>
                    {eventWords(event)}
                  </button>
                </td>
                <td>
                  <Party id={event.subject} />
                </td>
                <td>
                  <Party id={event.actor} />
                </td>
                <td>
                  <Party id={event.client_id} />
                </td>
                <td>{event.ip ?? <span class="hint">{texts.common.none}</span>}</td>
              </tr>
            ))}
          </Table>
        )}
      </List>
      {open && <EventDialog event={open} filters={filters} onClose={() => setOpen(undefined)} />}
    </Section>
  )
}
