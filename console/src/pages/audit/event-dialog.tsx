import { Link } from 'wouter-preact'
import type { AuditEvent } from '../../api.ts'
import { eventWords } from '../../event-words.ts'
import { texts } from '../../texts.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Facts, Table, Time } from '../../ui/page.tsx'
import { addressOf, type Filters } from './filters.ts'
import { Party } from './party.tsx'

const t = texts.audit

/** Everything about one event, with links to the events that are like it in one member, in the range of `filters`. */
export function EventDialog(props: { event: AuditEvent; filters: Filters; onClose: () => void }) {
  const { event, filters, onClose } = props
  const { range, since, until } = filters
  const details = Object.entries(event.detail)
  const alike = (name: keyof typeof t.alike) => (
    <Link href={addressOf({ range, since, until, [name]: event[name] ?? '' })} onClick={onClose}>
      {t.alike[name]}
    </Link>
  )
  const party = (name: 'subject' | 'actor' | 'client_id') => (
    <>
      <Party id={event[name]} /> {event[name] && alike(name)}
    </>
  )
  return (
    <Dialog title={eventWords(event)} onClose={onClose}>
      <Facts
        items={[
          [t.seq, event.seq],
          [t.at, <Time key="at" at={event.at} />],
          [t.exactly, <code key="exactly">{event.at}</code>],
          [
            t.fields.action,
            <>
              <code>{event.action}</code> {alike('action')}
            </>
          ],
          [t.fields.subject, party('subject')],
          [t.fields.actor, party('actor')],
          [t.fields.client_id, party('client_id')],
          [
            t.fields.ip,
            event.ip && (
              <>
                {event.ip} {alike('ip')}
              </>
            )
          ],
          [t.seal, event.seal ?? t.unsealed]
        ]}
      />
      <h3>{t.detail}</h3>
      {details.length === 0 ? (
        <p class="hint">{t.noDetail}</p>
      ) : (
        <Table label={t.detail} columns={[t.name, t.value]}>
          {details.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{String(value)}</td>
            </tr>
          ))}
        </Table>
      )}
      <div class="actions">
        <button type="button" onClick={onClose}>
          {texts.common.close}
        </button>
      </div>
    </Dialog>
  )
}
