import t from 'tap'
import { OAuthError, ProblemError } from '../../src/client.ts'

// The modules of the console read the language of the browser when they are loaded.
Object.defineProperty(globalThis, 'navigator', {
  value: { languages: ['fr-FR', 'de-AT', 'en'] },
  configurable: true
})
const { texts } = await import('../../console/src/texts.ts')
const { explain, faultsOf } = await import('../../console/src/explain.ts')
const { plural } = await import('../../console/src/intl.ts')

t.test('the first language of the browser that the console has is taken', async t => {
  t.equal(texts.signIn.title, 'Anmelden')
})

t.test('the form of a text follows its count', async t => {
  const logins = (count: number) => plural(count, { one: '# Anmeldung', other: '# Anmeldungen' })
  t.strictSame([0, 1, 2].map(logins), ['0 Anmeldungen', '1 Anmeldung', '2 Anmeldungen'])
  t.match(logins(1200), /^1\W?200 Anmeldungen$/)
  t.equal(texts.errors.tooMany(1), 'Zu viele Versuche. Versuchen Sie es in 1 Sekunde wieder.')
})

t.test('says in German what people meet often, and the rest as the server says it', async t => {
  t.equal(
    explain(new OAuthError('invalid_grant', 'The username or the password is wrong.', 400)),
    'Der Benutzername oder das Passwort ist falsch.'
  )
  t.equal(explain(new ProblemError('Client #1 has 2 keys.', 409, [])), 'Client #1 has 2 keys.')
  t.equal(explain(new ProblemError('', 500, [])), texts.errors.unexpected(500))
  const errors = [
    { pointer: '/password', detail: 'is shorter than 15 characters' },
    { pointer: '/username', detail: 'must have 1 to 64 characters and no leading or trailing spaces' },
    { pointer: '/email', detail: 'is odd' }
  ]
  t.strictSame(faultsOf(new ProblemError('', 400, errors)), {
    password: 'kürzer als 15 Zeichen',
    username: 'muss 1 bis 64 Zeichen haben und darf nicht mit Leerzeichen beginnen oder enden',
    email: 'is odd'
  })
})
