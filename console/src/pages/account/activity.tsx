import { api, ok } from '../../api.ts'
import { texts } from '../../texts.ts'
import { EventText, List, Section, Time, useLoad, usePages } from '../../ui.ts'

const t = { ...texts.common, ...texts.account.activity }

/** The events about the account. */
export function Activity() {
  const pages = usePages(page => ok(api.GET('/users/me/activity', { params: { query: page } })))
  const tokens = useLoad(() => ok(api.GET('/users/me/tokens')))
  const logins = useLoad(() => ok(api.GET('/users/me/sessions')))
  const named = { tokens: tokens.value?.items, logins: logins.value?.items }
  // A name that comes later would move the rows below it.
  const areNamed = [tokens, logins].every(({ value, error }) => value !== undefined || error !== undefined)
  return (
    <Section title={texts.account.tabs.activity} hint={t.hint}>
      {areNamed && (
        <List
          pages={pages}
          label={texts.account.tabs.activity}
          empty={t.empty}
          columns={[
            [t.at, ({ at }) => <Time at={at} />],
            [t.actions, event => <EventText event={event} {...named} />],
            [t.by, ({ by }) => (by ? { you: t.you, operator: t.operator }[by] : t.notSignedIn)],
            [t.ip, ({ ip }) => ip ?? t.none]
          ]}
        />
      )}
    </Section>
  )
}
