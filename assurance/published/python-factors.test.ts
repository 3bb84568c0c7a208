import t from 'tap'
import { password } from '../../test/support/app.ts'
import { startWithFactor } from '../../test/support/enrolled.ts'
import { runPython, skipWithout } from '../support/python.ts'

/** What a login gives: the account, or the text of the exception. */
interface Login {
  me?: { id: string }
  error?: string
  text?: string
}

type Logins = { version: string } & Record<'alone' | 'wrong' | 'combined' | 'otp' | 'recovery', Login>

const libraries = [
  { library: 'Authlib', script: 'authlib_factors.py', modules: ['authlib', 'requests'] },
  { library: 'requests-oauthlib', script: 'requests_oauthlib_factors.py', modules: ['requests_oauthlib'] }
]

for (const { library, script, modules } of libraries) {
  t.test(
    `${library} logs an enrolled account in, and its exception for a password alone says what to do`,
    { skip: skipWithout(...modules) },
    async t => {
      const { app, url, alice, factor } = await startWithFactor(t)
      const grants = ['password', 'refresh_token']
      const { client } = await app.clientAdmin.create({ name: 'script', confidential: false, grants, scopes: ['me'] })
      const logins = await runPython<Logins>(new URL(script, import.meta.url), {
        url,
        password,
        client_id: client.id,
        codes: [factor.code(-1), factor.code()],
        recovery_code: factor.recoveryCodes[0]
      })
      t.comment(`${library} ${logins.version}: ${logins.alone.text}`)

      t.equal(logins.alone.error, 'insufficient_authorization')
      t.match(logins.alone.text, /Send otp .*, or the code of the authenticator app after the password\./)
      t.equal(logins.wrong.error, 'insufficient_authorization')
      t.match(logins.wrong.text, 'The code is wrong, expired or was already used.')
      for (const { me } of [logins.combined, logins.otp, logins.recovery]) t.equal(me?.id, alice.id)
    }
  )
}
