import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ConfigError } from '../../src/base/errors.ts'
import { createTexts } from '../../src/texts/texts.ts'

const values = { host: 'login.example.com', link: 'https://login.example.com/x', code: '012345' }
const message = (subject: string) => `${subject}\n\nText {{link}}\n`

/** The texts of a folder with these files. */
const textsOf = (t: Test, folder: Parameters<Test['testdir']>[0]) => createTexts(t.testdir(folder))

t.test('The language is that of RFC 4647 §3.4: the tag, then without its last subtag, then English', async t => {
  const texts = createTexts(undefined)
  const subject = (locale: string | null) => texts.message('verify_email', locale, values).subject
  const [english, german] = [subject('en'), subject('de')]
  t.match(english, 'Confirm your e-mail address for login.example.com')
  t.match(german, 'Bestätigen Sie Ihre E-Mail-Adresse für login.example.com')
  for (const locale of ['de-AT', 'de-Latn-CH-1996', 'DE-de', 'de-x-private']) t.equal(subject(locale), german, locale)
  for (const locale of [null, 'fr', 'en-GB', '', '-', 'd', 'x-de', 'dea', '*'])
    t.equal(subject(locale), english, String(locale))
  t.equal(subject(`de${'-a'.repeat(100_000)}`), german, 'a long one costs nothing')
  t.equal(texts.page('fr', null, 'de-CH', 'en').lang, 'de', 'the first of several that there is')
  t.equal(texts.page().lang, 'en')
  t.equal(texts.preferred(['fr-CH', 'fr', 'de-AT', 'en']), 'de-AT', 'the first for which there are texts')
  t.equal(texts.preferred(['fr-CH', 'fr']), 'fr-CH')
  t.equal(texts.preferred([]), null)
})

t.test('A folder replaces single texts, and what is missing there comes from the next language', async t => {
  const texts = textsOf(t, {
    en: { 'verify-email.txt': message('own English') },
    de: { 'verify-email.txt': message('own German') },
    'de-at': { 'reset-password.txt': message('Austrian') },
    fr: { 'reset-password.txt': message('French'), 'pages.txt': 'problem: Une erreur\n' },
    'fr-CA': {},
    '.git': { 'no text': '' }
  })
  const subject = (name: 'verify_email' | 'reset_password' | 'invitation', locale: string) =>
    texts.message(name, locale, values).subject
  t.equal(subject('verify_email', 'en-US'), 'own English')
  t.equal(texts.preferred(['it', 'fr-CH', 'de']), 'fr-CH')
  t.equal(subject('verify_email', 'nl'), 'own English')
  t.equal(subject('verify_email', 'de-AT'), 'own German')
  t.equal(subject('reset_password', 'de-AT'), 'Austrian')
  t.match(subject('reset_password', 'de'), 'Setzen Sie')
  t.match(subject('invitation', 'de-AT'), 'Einladung')
  t.equal(subject('reset_password', 'fr-CA'), 'French')
  t.equal(subject('verify_email', 'fr'), 'own English')
  t.match(subject('invitation', 'fr'), 'You are invited')

  t.strictSame([texts.page('fr-CA').lang, texts.page('fr').text('problem')], ['fr', 'Une erreur'])
  t.match(texts.page('fr').text('reset-title'), 'Choose a new password', 'a missing name is in English')
  t.equal(texts.page('de-AT').lang, 'de', 'the language of the pages, not of the messages')
})

t.test('A file may have a byte order mark and the line ends of Windows', async t => {
  const texts = textsOf(t, { fr: { 'verify-email.txt': '\ufeffÉtat\r\n\r\nUne ligne\r\n{{link}}\r\n\r\n' } })
  t.strictSame(texts.message('verify_email', 'fr', values), { subject: 'État', text: `Une ligne\n${values.link}\n` })
})

t.test('Values are not searched for placeholders, and no character of them is special', async t => {
  const texts = textsOf(t, { fr: { 'verify-email.txt': message('{{host}} {{host}}') } })
  const { subject, text } = texts.message('verify_email', 'fr', { host: '$&{{link}}', link: 'x' })
  t.strictSame([subject, text], ['$&{{link}} $&{{link}}', 'Text x\n'])
})

t.test('A folder that has become invalid since the settings were checked is refused', async t => {
  const folder = t.testdir({ fr: { 'no.txt': '' } })
  t.throws(() => createTexts(folder), new ConfigError([`${join(folder, 'fr', 'no.txt')} is not the name of a text`]))
})
