import { decodeJwt } from 'jose'
import { stepUp } from '../support/step-up.ts'
import { decision, must, reading, type Standard } from './scenarios.ts'

/** Every value that RFC 8176 §2 registers. */
const registered = new Set(
  'face fpt geo hwk iris kba mca mfa otp pin pop pwd rba retina sc sms swk tel user vbm wia'.split(' ')
)

export const rfc8176: Standard = {
  name: 'RFC 8176',
  title: 'Authentication Method Reference Values',
  date: 'June 2017',
  table: 'rfc8176',
  scenarios: [
    must('§2', 'pwd stands for the password of the account; a login with the password alone has no other value', [
      [
        'conformance/rfc9068.ts',
        "RFC 9068 §2.2.1: auth_time, acr and amr stay those of the login after a refresh, and a client's own token has none"
      ]
    ]),
    must(
      '§2',
      'mfa stands for a login with two factors, and is beside the values of both',
      async ({ app, tokens, refresh }, t) => {
        const { access_token, refresh_token } = await tokens()
        await stepUp(app, access_token, ['otp', 'mfa'])
        const { acr, amr } = decodeJwt((await refresh(refresh_token)).body.access_token)
        t.same(amr, ['pwd', 'otp', 'mfa'])
        t.equal(acr, 'aal2')
      }
    ),
    decision(
      '§2',
      'amr has only registered values, whose meaning every API can look up, except email for a code in the mail (EMAIL_CODES=on) and fed for an ID token (IDENTITY_PROVIDERS)',
      async ({ app, tokens, refresh }, t) => {
        const { access_token, refresh_token } = await tokens()
        await stepUp(app, access_token)
        for (const token of [access_token, (await refresh(refresh_token)).body.access_token])
          for (const method of decodeJwt<{ amr: string[] }>(token).amr) t.ok(registered.has(method), method)
      }
    )
  ],
  readings: [
    reading(
      '§3',
      'Should an API decide by amr?',
      'Rarely: amr says how the user logged in, and acr how strong that is. The step-up of a route asks for acr.'
    )
  ]
}
