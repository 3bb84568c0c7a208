import type { ComponentChildren } from 'preact'
import { Link, useLocation } from 'wouter-preact'
import { type AuditEvent, api, ok } from '../../api.ts'
import { eventWords } from '../../event-words.ts'
import { nameOfLoginId } from '../../login-name.ts'
import { texts } from '../../texts.ts'
import { Empty, Facts, Moment, Section, Table, Time } from '../../ui/page.tsx'
import { Action, Dialog, List, Loaded, More, useLoad, usePages } from '../../ui.ts'
import { addressOf, type EventPlace, type Filters, type Query } from './filters.ts'
import { Party } from './party.tsx'

const t = { ...texts.common, ...texts.audit }

/** The events that match, the newest first. Each opens in a dialog, of which the address of the page names the event. */
export function Events(props: { filters: Filters; query: Query; open: EventPlace | undefined }) {
  const { filters, query, open } = props
  const [, go] = useLocation()
  const show = (event?: AuditEvent) => go(addressOf(filters, event), { replace: true })
  const pages = usePages(page => ok(api.GET('/audit', { params: { query: { ...query, ...page } } })), [query])
  return (
    <Section title={t.events}>
      <List
        pages={pages}
        label={t.events}
        by="seq"
        empty={t.empty}
        columns={[
          [t.at, ({ at }) => <Moment at={at} />, 'below'],
          [
            t.fields.action,
            event => (
              <button type="button" class="quiet" aria-haspopup="dialog" onClick={() => show(event)}>
                {eventWords(event)}
              </button>
            ),
            'top'
          ],
          [t.fields.subject, ({ subject }) => <Party id={subject} />, 'below'],
          [t.fields.actor, ({ actor }) => <Party id={actor} />],
          [t.fields.client_id, ({ client_id }) => <Party id={client_id} />],
          [
            t.fields.ip,
            ({ ip }) =>
              ip && (
                <span class="name" title={ip}>
                  {ip}
                </span>
              )
          ]
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

/** Everything about the event at `place`, which the list may have `listed`. */
function EventDialog(props: {
  place: EventPlace
  listed: AuditEvent | undefined
  filters: Filters
  onClose: () => void
}) {
  const { place, listed, filters, onClose } = props
  const load = useLoad(async () => ({ event: listed ?? (await read(place)) }))
  // A dialog that opened before its event was read would move when it grows.
  if (!load.value && load.error === undefined) return null
  const event = load.value?.event
  return (
    <Dialog title={event ? eventWords(event) : t.event} onClose={onClose}>
      <Loaded load={load}>
        {({ event }) => (event ? <Everything event={event} filters={filters} /> : <Empty>{t.noEvent}</Empty>)}
      </Loaded>
      <div class="actions">
        <Action label={t.close} run={async () => onClose()} />
      </div>
    </Dialog>
  )
}

/** A login by its name, which opens to its id. */
function Login({ id }: { id: string }) {
  const name = nameOfLoginId(id)
  return name === undefined ? <code>{id}</code> : <More short={name}>{id}</More>
}

async function read({ seq, at }: EventPlace): Promise<AuditEvent | undefined> {
  const until = new Date(Date.parse(at) + 1).toISOString()
  const { items } = await ok(api.GET('/audit', { params: { query: { since: at, until, limit: 100 } } }))
  return items.find(event => event.seq === seq)
}

/** An event, with links to the events that are like it in one member, in the range of `filters`. */
function Everything({ event, filters }: { event: AuditEvent; filters: Filters }) {
  const { range, since, until } = filters
  const details = Object.entries(event.detail)
  const alike = (name: keyof typeof t.alike, value: string | null, shown: ComponentChildren) =>
    value && (
      <>
        {shown}{' '}
        <div>
          <Link href={addressOf({ range, since, until, [name]: value })}>{t.alike[name]}</Link>
        </div>
      </>
    )
  const party = (name: 'subject' | 'actor' | 'client_id'): [string, ComponentChildren] => [
    t.fields[name],
    alike(name, event[name], <Party id={event[name]} />)
  ]
  const facts: [string, ComponentChildren][] = [
    [t.seq, event.seq],
    [t.at, <Time key="at" at={event.at} />],
    [t.exactly, <code key="exactly">{event.at}</code>],
    [t.fields.action, alike('action', event.action, <code>{event.action}</code>)],
    party('subject'),
    party('actor'),
    party('client_id'),
    [t.fields.ip, alike('ip', event.ip, event.ip)],
    [t.seal, event.seal ?? t.unsealed]
  ]
  return (
    <>
      <Facts items={facts} />
      <h3>{t.detail}</h3>
      {details.length === 0 ? (
        <p class="hint">{t.noDetail}</p>
      ) : (
        <Table
          label={t.detail}
          items={details}
          by={0}
          columns={[
            [t.name, ([name]) => <code>{name}</code>, 'row'],
            [
              t.value,
              ([name, value]) =>
                name === 'session' ? (
                  alike(name, String(value), <Login id={String(value)} />)
                ) : (
                  <code>{String(value)}</code>
                )
            ]
          ]}
        />
      )}
    </>
  )
}
