import { api, type Activity as Event, ok } from '../../api.ts'
import type { Named } from '../../event-details.ts'
import { texts } from '../../texts.ts'
import { EventText } from '../../ui/event-text.tsx'
import { List } from '../../ui/list.tsx'
import { useLoad, usePages } from '../../ui/loading.tsx'
import { Section, Table, Time } from '../../ui/page.tsx'
import { TabPage } from './tab-page.tsx'

const t = texts.account.activity

/** The events about the account. */
export function Activity() {
  const pages = usePages(cursor =>
    ok(api.GET('/users/me/activity', { params: { query: { ...(cursor && { cursor }) } } }))
  )
  const tokens = useLoad(() => ok(api.GET('/users/me/tokens')))
  const logins = useLoad(() => ok(api.GET('/users/me/sessions')))
  const named = { tokens: tokens.value?.items, logins: logins.value?.items }
  // A name that comes later would move the rows below it.
  const areNamed = [tokens, logins].every(({ value, error }) => value !== undefined || error !== undefined)
  return (
    <TabPage tab="activity">
      <Section title={texts.account.tabs.activity}>
        <p>{t.hint}</p>
        {areNamed && (
          <List pages={pages} empty={t.empty}>
            {events => (
              <Table label={texts.account.tabs.activity} columns={[t.at, t.action, t.by, t.address]}>
                {events.map((event, at) => (
                  <Row key={at} event={event} named={named} />
                ))}
              </Table>
            )}
          </List>
        )}
      </Section>
    </TabPage>
  )
}

function Row({ event, named }: { event: Event; named: Named }) {
  const { at, by, ip } = event
  return (
    <tr>
      <td>
        <Time at={at} />
      </td>
      <td>
        <EventText event={event} {...named} />
      </td>
      <td>{by ? t.byWhom[by] : t.bySomeone}</td>
      <td>{ip ?? texts.common.none}</td>
    </tr>
  )
}
