import t from 'tap'
import { lifeOf, type Purpose } from '../../src/auth/mail/one-time-tokens.ts'
import type { Language } from '../../src/texts/language.ts'
import { fileOf, type MessageName } from '../../src/texts/message-name.ts'
import { pageNames } from '../../src/texts/page-name.ts'
import { placeholdersIn } from '../../src/texts/placeholders.ts'
import { readShipped, readTexts, shippedFolder } from '../../src/texts/read-texts.ts'

const shipped = readShipped()
const english = shipped.get('en') as Language
/** Every message, and the purpose of its link. */
const links: Record<MessageName, Purpose | undefined> = {
  verify_email: 'verify_email',
  account_exists: undefined,
  account_closed: undefined,
  reset_password: 'reset_password',
  invitation: 'invitation',
  email_code: undefined,
  password_changed: undefined,
  email_changed: 'undo_email_change',
  new_login: undefined,
  factor_added: 'undo_factor',
  factor_removed: undefined,
  recovery_code_used: undefined,
  recovery_codes_replaced: undefined,
  passkey_refused: undefined,
  token_added: 'undo_factor',
  token_removed: undefined,
  token_used: undefined,
  identity_added: 'undo_factor',
  identity_removed: undefined,
  webhook_paused: undefined
}
const messages = Object.entries(links).map(([name, purpose]) => ({ file: fileOf(name as MessageName), purpose }))

/** The placeholders of a text besides the host, which a language may need once more. */
const essential = (text: string) => placeholdersIn(text).filter(one => one !== '{{host}}')

t.test('English and German have the same texts, with the same links and codes', async t => {
  t.strictSame([...shipped.keys()], ['de', 'en'])
  t.strictSame(readTexts(shippedFolder, english).problems, [])
  for (const [language, { messages: texts, pages }] of shipped) {
    t.strictSame([...texts.keys()].sort(), messages.map(({ file }) => file).sort(), language)
    t.strictSame([...pages.keys()].sort(), [...pageNames].sort(), language)
    for (const [file, { subject, text }] of texts) {
      t.strictSame(placeholdersIn(subject), ['{{host}}'], `${language}/${file} names the service in its subject`)
      t.strictSame(essential(text), essential(String(english.messages.get(file)?.text)), `${language}/${file}`)
      t.match(text, '{{host}}', `${language}/${file}`)
    }
  }
})

t.test('A link and a code are alone in their line, from which every mail program takes them whole', async t => {
  for (const [language, { messages }] of shipped)
    for (const [file, { text }] of messages)
      for (const one of essential(text)) t.match(text, `\n\n${one}\n\n`, `${language}/${file}`)
})

t.test('Every message names the service and says what to do if it was not you', async t => {
  const advice = {
    en: /If (you did not |this was not you, )/,
    de: /Wenn Sie das(| Konto) nicht |Wenn Sie dieses Konto nicht /
  }
  for (const [language, pattern] of Object.entries(advice))
    for (const [file, { text }] of shipped.get(language)?.messages ?? []) t.match(text, pattern, `${language}/${file}`)
})

const lifetimes: Record<number, { en: string; de: string }> = {
  3600: { en: 'expires in one hour', de: 'Link gilt eine Stunde' },
  86400: { en: 'expires in 24 hours', de: 'Link gilt 24 Stunden' },
  259200: { en: 'expires in 72 hours', de: 'Link gilt 72 Stunden' },
  604800: { en: 'expires in 7 days', de: 'Link gilt 7 Tage' }
}

t.test('Each text with a link says how long the link works', async t => {
  for (const language of ['en', 'de'] as const)
    for (const { file, purpose } of messages) {
      const text = String(shipped.get(language)?.messages.get(file)?.text)
      t.equal(text.includes('{{link}}'), purpose !== undefined, `${language}/${file}`)
      const expected = purpose && lifetimes[lifeOf[purpose]]?.[language]
      t.equal(
        text.match(/(expires in|Link\s+gilt) (one|eine|\d+) \w+/)?.[0].replace(/\s/g, ' '),
        expected,
        `${language}/${file}`
      )
    }
})

t.test('The text of a code has its lifetime, and its subject, which lock screens show, has no code', async t => {
  t.match(english.messages.get('email-code.txt')?.text, /ten minutes/)
  t.match(shipped.get('de')?.messages.get('email-code.txt')?.text, /zehn Minuten/)
})
