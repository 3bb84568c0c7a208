import { api, type Activity as Event, ok, type PersonalToken } from '../../api.ts'
import { detailsOf } from '../../event-details.ts'
import { eventWords } from '../../event-words.ts'
import { texts } from '../../texts.ts'
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
  return (
    <TabPage tab="activity">
      <Section title={texts.account.tabs.activity}>
        <p>{t.hint}</p>
        <List pages={pages} empty={t.empty}>
          {events => (
            <Table label={texts.account.tabs.activity} columns={[t.at, t.action, t.by, t.address, t.detail]}>
              {events.map((event, at) => (
                <Row key={at} event={event} tokens={tokens.value?.items} />
              ))}
            </Table>
          )}
        </List>
      </Section>
    </TabPage>
  )
}

function Row({ event, tokens }: { event: Event; tokens: PersonalToken[] | undefined }) {
  const { at, by, ip, detail } = event
  return (
    <tr>
      <td>
        <Time at={at} />
      </td>
      <td>{eventWords(event)}</td>
      <td>{by ? t.byWhom[by] : t.bySomeone}</td>
      <td>{ip ?? texts.common.none}</td>
      <td>
        {detailsOf(detail, tokens).map(line => (
          <div key={line}>{line}</div>
        ))}
      </td>
    </tr>
  )
}
