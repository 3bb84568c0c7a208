import { useState } from 'preact/hooks'
import { api, ok } from '../../api.ts'
import { chosen, languageKey, languages } from '../../language.ts'
import { ofBrowser } from '../../storage.ts'
import { texts } from '../../texts.ts'
import { Form, Section, Select } from '../../ui.ts'

const t = texts.account.profile

/** The language of the console in this browser, and of the messages that the server mails to the account. */
export function LanguageChoice() {
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
