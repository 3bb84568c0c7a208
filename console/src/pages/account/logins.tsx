import { api, ok } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Action, Loaded, notify, Section, useLoad } from '../../ui.ts'
import { LoginTable } from './login-table.tsx'
import { TabPage } from './tab-page.tsx'

const t = texts.logins

/** Where the account is signed in. */
export function Logins() {
  const logins = useLoad(() => ok(api.GET('/users/me/sessions')))
  async function end(id: string) {
    await ok(api.DELETE('/users/me/sessions/{id}', { params: { path: { id } } }))
    await logins.reload()
  }
  async function endOthers() {
    await ok(api.DELETE('/users/me/sessions'))
    notify(t.othersEnded)
    await logins.reload()
  }
  const others = <Action label={t.endOthers} confirm={t.confirmEndOthers} isDangerous run={endOthers} />
  return (
    <TabPage tab="logins">
      <Loaded load={logins}>
        {({ items }) => (
          <Section title={texts.account.tabs.logins} actions={items.length > 1 && others}>
            <p>{t.hint}</p>
            <LoginTable items={items} isOwner end={end} />
          </Section>
        )}
      </Loaded>
    </TabPage>
  )
}
