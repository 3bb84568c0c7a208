import { Link } from 'wouter-preact'
import type { AuditEvent, User } from '../../api.ts'
import type { Named } from '../../event-details.ts'
import { consolePath } from '../../place.ts'
import { texts } from '../../texts.ts'
import { EventText, List, Section, Time, type usePages } from '../../ui.ts'
import { Party } from '../audit/party.tsx'

const t = { ...texts.common, ...texts.accounts }

/** The events of the audit trail about an account, the newest first. */
export function Activity(props: {
  account: User
  ownId: string | undefined
  events: ReturnType<typeof usePages<AuditEvent>>
  named: Named
}) {
  const { account, ownId, events, named } = props
  return (
    <Section
      title={texts.account.tabs.activity}
      actions={<Link href={`~${consolePath}/audit?subject=${account.id}`}>{t.inAudit}</Link>}
    >
      <List
        pages={events}
        label={texts.account.tabs.activity}
        by="seq"
        empty={t.noActivity}
        columns={[
          [t.at, ({ at }) => <Time at={at} />],
          [t.what, event => <EventText event={event} {...named} />],
          [t.by, event => actorOf(event, account, ownId)],
          [t.client, ({ client_id }) => <Party id={client_id} />],
          [t.ip, ({ ip }) => ip]
        ]}
      />
    </Section>
  )
}

function actorOf({ actor }: AuditEvent, account: User, ownId: string | undefined) {
  if (actor === null) return t.notSignedIn
  if (actor === ownId) return t.you
  if (actor === account.id) return t.byOwner
  return <Party id={actor} />
}
