import { OAuthError, type ProblemCode, ProblemError } from '@sallyport/client'
import t from 'tap'
import { type PasswordReason, problemCodes } from '../../src/base/errors.ts'

// The modules of the console read the language of the browser when they are loaded.
Object.defineProperty(globalThis, 'navigator', {
  value: { languages: ['fr-FR', 'de-AT', 'en'] },
  configurable: true
})
const { texts } = await import('../../console/src/texts.ts')
const { explain, faultsOf } = await import('../../console/src/explain.ts')
const { plural } = await import('../../console/src/intl.ts')

t.test('The first language of the browser that the console has is taken', async t => {
  t.equal(texts.signIn.title, 'Anmelden')
})

t.test('The form of a German text follows its count', async t => {
  const logins = (count: number) => plural(count, { one: '# Anmeldung', other: '# Anmeldungen' })
  t.strictSame([0, 1, 2].map(logins), ['0 Anmeldungen', '1 Anmeldung', '2 Anmeldungen'])
  t.match(logins(1200), /^1\W?200 Anmeldungen$/)
  t.equal(texts.errors.tooMany(1), 'Zu viele Versuche. Versuchen Sie es in 1 Sekunde wieder.')
})

t.test('Every code of a problem has a German text, and other sentences stay as the server says them', async t => {
  const problem = (detail: string, code?: ProblemCode, status = 409) =>
    explain(new ProblemError(detail, status, [], undefined, code))
  for (const [code, [status]] of Object.entries(problemCodes))
    t.not(problem('Why.', code as ProblemCode, status), 'Why.')
  t.equal(problem('It is taken.', 'username_taken'), 'Dieser Benutzername ist vergeben.')
  t.equal(problem('Add $& to 20.', 'conflict'), 'Das geht zurzeit nicht. Der Server sagt: „Add $& to 20.“')
  t.equal(problem('Client #1 has 2 keys.'), 'Client #1 has 2 keys.')
  t.equal(problem('', undefined, 500), texts.errors.unexpected(500))
  t.equal(
    explain(new OAuthError('invalid_grant', 'The username or the password is wrong.', 400)),
    'Der Benutzername oder das Passwort ist falsch.'
  )
})

t.test('The German texts say why a password was refused, and which name is taken', async t => {
  const faults = (detail: string, code: ProblemCode, reason?: string) =>
    faultsOf(new ProblemError('', 400, [{ pointer: '/a', detail, ...(reason ? { reason } : {}) }], undefined, code)).a
  for (const reason of ['length', 'characters', 'common', 'context', 'breached'] satisfies PasswordReason[])
    t.not(faults('is wrong', 'invalid_request', reason), 'is wrong')
  t.equal(faults('is taken', 'username_taken'), 'schon vergeben')
  t.equal(faults('is odd', 'invalid_request'), 'is odd')
})
