import { Link } from 'wouter-preact'
import type { AuditEvent, PersonalToken, User } from '../../api.ts'
import { detailsOf } from '../../event-details.ts'
import { wordsFor } from '../../event-words.ts'
import { consolePath } from '../../place.ts'
import { texts } from '../../texts.ts'
import { List } from '../../ui/list.tsx'
import type { usePages } from '../../ui/loading.tsx'
import { Section, Table, Time } from '../../ui/page.tsx'

const t = texts.accounts

/** The events of the audit trail about an account, the newest first. */
export function Activity(props: {
  account: User
  ownId: string | undefined
  events: ReturnType<typeof usePages<AuditEvent>>
  tokens: PersonalToken[] | undefined
}) {
  const { account, ownId, events, tokens } = props
  return (
    <Section title={t.activity} actions={<Link href={`~${consolePath}/audit?subject=${account.id}`}>{t.inAudit}</Link>}>
      <List pages={events} empty={t.noActivity}>
        {items => (
          <Table label={t.activity} columns={[t.at, t.what, t.by, t.client, t.ip, t.details]}>
            {items.map(event => (
              <tr key={event.seq}>
                <td>
                  <Time at={event.at} />
                </td>
                <td>{wordsFor(event.action)}</td>
                <td>{actorOf(event, account, ownId)}</td>
                <td>{event.client_id}</td>
                <td>{event.ip}</td>
                <td>{detailsOf(event.detail, tokens).join(', ')}</td>
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
  if (actor === 'cli') return t.byCommandLine
  if (actor === 'app') return t.byApp
  return <Link href={`/${actor}`}>{actor}</Link>
}
