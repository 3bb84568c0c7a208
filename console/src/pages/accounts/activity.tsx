import { Link } from 'wouter-preact'
import type { AuditEvent, User } from '../../api.ts'
import type { Named } from '../../event-details.ts'
import { consolePath } from '../../place.ts'
import { texts } from '../../texts.ts'
import { EventText } from '../../ui/event-text.tsx'
import { List } from '../../ui/list.tsx'
import type { usePages } from '../../ui/loading.tsx'
import { Section, Table, Time } from '../../ui/page.tsx'
import { Party } from '../audit/party.tsx'

const t = texts.accounts

/** The events of the audit trail about an account, the newest first. */
export function Activity(props: {
  account: User
  ownId: string | undefined
  events: ReturnType<typeof usePages<AuditEvent>>
  named: Named
}) {
  const { account, ownId, events, named } = props
  return (
    <Section title={t.activity} actions={<Link href={`~${consolePath}/audit?subject=${account.id}`}>{t.inAudit}</Link>}>
      <List pages={events} empty={t.noActivity}>
        {items => (
          <Table label={t.activity} columns={[t.at, t.what, t.by, t.client, t.ip]}>
            {items.map(event => (
              <tr key={event.seq}>
                <td>
                  <Time at={event.at} />
                </td>
                <td>
                  <EventText event={event} {...named} />
                </td>
                <td>{actorOf(event, account, ownId)}</td>
                <td>
                  <Party id={event.client_id} />
                </td>
                <td>{event.ip}</td>
              </tr>
            ))}
          </Table>
        )}
      </List>
    </Section>
  )
}

function actorOf({ actor }: AuditEvent, account: User, ownId: string | undefined) {
  if (actor === null) return t.byUnknown
  if (actor === ownId) return t.you
  if (actor === account.id) return t.byOwner
  return <Party id={actor} />
}
