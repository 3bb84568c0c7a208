import { api, ok, type User, type Versioned, versioned } from '../../api.ts'
import { readPasskeys } from '../../passkeys.ts'
import { texts } from '../../texts.ts'
import { Action, Facts, Field, Form, Loaded, notify, Section, Time, useLoad } from '../../ui.ts'
import { logOut } from '../../who.ts'
import { Address } from './address.tsx'
import { Claims, Data } from './data.tsx'
import { LanguageChoice } from './language.tsx'
import { TabPage } from './tab-page.tsx'

const t = { ...texts.common, ...texts.account.profile }

/** The names, the e-mail address, the data and the claims of the account, and its deletion. */
export function Profile() {
  const me = useLoad(() => versioned(api.GET('/users/me')))
  return (
    <TabPage tab="profile">
      <Loaded load={me}>
        {found => (
          <>
            <Name user={found.value} onChange={me.set} />
            <Address user={found.value} onChange={me.set} />
            <LanguageChoice />
            <Data me={found} load={me} />
            <Claims value={found.value.claims} />
            <Deletion />
          </>
        )}
      </Loaded>
    </TabPage>
  )
}

function Name({ user, onChange }: { user: User; onChange: (me: Versioned<User>) => void }) {
  const { username, full_name, created_at } = user
  const save = async (name: string | null) => {
    onChange(await versioned(api.PATCH('/users/me', { body: { full_name: name || null } })))
    // The browser shows the name beside the passkeys.
    readPasskeys().catch(() => {})
  }
  return (
    <Section title={t.name}>
      <Facts
        items={[
          [t.username, username],
          [t.created, <Time key="created" at={created_at} />]
        ]}
      />
      <Form
        submit={t.saveName}
        onSubmit={async ({ full_name: name = '' }) => {
          await save(name)
          notify(t.nameSaved, () => save(full_name))
        }}
      >
        <Field
          key={full_name}
          name="full_name"
          label={t.fullName}
          defaultValue={full_name ?? ''}
          autocomplete="name"
          maxLength={256}
        />
      </Form>
    </Section>
  )
}

function Deletion() {
  const remove = async ({ current_password = '' }) => {
    await ok(api.DELETE('/users/me', { body: current_password ? { current_password } : {} }))
    await logOut()
    notify(t.deleted)
  }
  return (
    <Section title={t.deletion}>
      <p>{t.deletionHint}</p>
      <Action label={t.delete} confirm={t.confirmDeletion} isDangerous run={remove}>
        <Field
          name="current_password"
          label={t.currentPassword}
          hint={t.noPassword}
          type="password"
          autocomplete="current-password"
        />
      </Action>
    </Section>
  )
}
