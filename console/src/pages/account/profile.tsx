import { useState } from 'preact/hooks'
import { api, ifMatch, ok, type User, type Versioned, versioned } from '../../api.ts'
import { chosen, languageKey, languages } from '../../language.ts'
import { readPasskeys } from '../../passkeys.ts'
import { ofBrowser } from '../../storage.ts'
import { texts } from '../../texts.ts'
import { JsonEditor, JsonSection } from '../../ui/json-editor.tsx'
import { Action, asPassword, Facts, Field, Form, Loaded, notify, Section, Select, Time, useLoad } from '../../ui.ts'
import { logOut } from '../../who.ts'
import { Address } from './address.tsx'

const t = { ...texts.common, ...texts.account.profile }

/** The names, the e-mail address, the data and the claims of the account, and its deletion. */
export function Profile() {
  const me = useLoad(() => versioned(api.GET('/users/me')))
  return (
    <Loaded load={me}>
      {found => (
        <>
          <Name user={found.value} onChange={me.set} />
          <Address user={found.value} onChange={me.set} />
          <LanguageChoice />
          <JsonEditor
            name="data"
            title={t.data}
            hint={t.dataHint}
            stored={dataOf(found)}
            submit={t.saveData}
            saved={t.dataSaved}
            reload={me.reload}
            write={async (patch, seen) => {
              const params = { header: ifMatch(seen) }
              const changed = await versioned(api.PATCH('/users/me', { params, body: { data: patch } }))
              me.set(changed)
              return dataOf(changed)
            }}
          />
          <JsonSection title={t.claims} hint={t.claimsHint} value={found.value.claims} />
          <Deletion />
        </>
      )}
    </Loaded>
  )
}

const dataOf = ({ value, version }: Versioned<User>) => ({ value: value.data, version })

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
    <Section title={t.deletion} hint={t.deletionHint}>
      <Action label={t.delete} confirm={t.confirmDeletion} isDangerous run={remove}>
        <Field name="current_password" label={t.currentPassword} hint={t.noPassword} {...asPassword} />
      </Action>
    </Section>
  )
}

/** The language of the console in this browser, and of the messages that the server mails to the account. */
function LanguageChoice() {
  const [locale, setLocale] = useState<string>(chosen ?? '')
  return (
    <Section title={t.language}>
      <Form
        submit={t.saveLanguage}
        onSubmit={async () => {
          await ok(api.PATCH('/users/me', { body: { locale: locale || null } }))
          if (locale) ofBrowser?.setItem(languageKey, locale)
          else ofBrowser?.removeItem(languageKey)
          location.reload()
        }}
      >
        <Select
          name="locale"
          label={t.languageHere}
          value={locale}
          onChange={setLocale}
          options={[['', t.asTheBrowser], ...Object.entries(languages)]}
        />
      </Form>
    </Section>
  )
}
