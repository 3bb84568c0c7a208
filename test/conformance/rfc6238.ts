import { createHmac } from 'node:crypto'
import type { Test } from 'tap'
import { totpStep } from '../../src/auth/second-factor/totp.ts'
import { authenticatorApp } from '../support/second-factor.ts'
import { excluded, must, reading, type Standard, should } from './scenarios.ts'
import { assertTokens, type World } from './world.ts'

/** The secret of the test vectors in base32: the ASCII text 12345678901234567890. */
const vectorSecret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

/** HOTP with six digits (RFC 4226 §5.3), written for this test. */
function hotp(counter: number) {
  const moving = Buffer.alloc(8)
  moving.writeBigUInt64BE(BigInt(counter))
  const mac = createHmac('sha1', '12345678901234567890').update(moving).digest()
  return String((mac.readUInt32BE((mac[19] ?? 0) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

const at = (seconds: number) => new Date(seconds * 1000)

const refused = (t: Test, answer: Awaited<ReturnType<World['logIn']>>) =>
  t.match(answer, { status: 403, body: { error: 'insufficient_authorization' } })

export const rfc6238: Standard = {
  name: 'RFC 6238',
  title: 'Time-Based One-Time Password Algorithm, beside RFC 4226, HOTP',
  date: 'May 2011',
  table: 'rfc6238',
  scenarios: [
    must(
      'RFC 4226 §4',
      'a secret has 160 random bits, and every account has its own (R6; RFC 6238 §3, R5)',
      async ({ tokens, json }, t) => {
        const { access_token } = await tokens()
        const secrets = new Set<string>()
        for (let i = 0; i < 3; i++) {
          const { body } = await json('POST', '/users/me/factors', { type: 'totp' }, access_token)
          t.match(body.secret, /^[A-Z2-7]{32}$/, '32 characters of 5 bits')
          secrets.add(body.secret)
        }
        t.equal(secrets.size, 3)
      }
    ),
    must(
      'RFC 4226 Appendix D',
      'the codes of the counters 0 to 9 are those of the test vectors: HMAC-SHA-1, six digits (§5.3)',
      async (_world, t) => {
        const codes = [
          '755224',
          '287082',
          '359152',
          '969429',
          '338314',
          '254676',
          '287922',
          '162583',
          '399871',
          '520489'
        ]
        for (const [counter, code] of codes.entries())
          t.equal(await totpStep(vectorSecret, code, at(counter * 30)), counter)
      }
    ),
    must(
      'Appendix B',
      'the codes are the last six digits of the SHA-1 vectors: T0 is 0, a time step 30 seconds (§4.1)',
      async (_world, t) => {
        const vectors: [seconds: number, step: number, code: string][] = [
          [59, 0x1, '94287082'],
          [1111111109, 0x23523ec, '07081804'],
          [1111111111, 0x23523ed, '14050471'],
          [1234567890, 0x273ef07, '89005924'],
          [2000000000, 0x3f940aa, '69279037'],
          [20000000000, 0x27bc86aa, '65353130']
        ]
        for (const [seconds, step, code] of vectors)
          t.equal(await totpStep(vectorSecret, code.slice(2), at(seconds)), step, String(seconds))
      }
    ),
    must('§4.2', 'time steps beyond 32 bits work', async (_world, t) => {
      const step = 2 ** 32 + 7
      t.equal(await totpStep(vectorSecret, hotp(step), at(step * 30)), step)
      t.equal(hotp(1), '287082', 'the oracle is right')
    }),
    should(
      '§5.2',
      'a code counts for its own time step and the next one, to the millisecond, and never before its own',
      async (_world, t) => {
        const [step, code] = [41152263, hotp(41152263)]
        const first = step * 30_000
        t.equal(await totpStep(vectorSecret, code, new Date(first - 1)), undefined)
        t.equal(await totpStep(vectorSecret, code, new Date(first)), step)
        t.equal(await totpStep(vectorSecret, code, new Date(first + 59_999)), step)
        t.equal(await totpStep(vectorSecret, code, new Date(first + 60_000)), undefined)
      }
    ),
    should(
      '§5.2',
      'a login accepts the codes of this time step and of the one before, and no other',
      async ({ enrol, logIn }, t) => {
        const { code } = await enrol()
        for (const steps of [-3, -2, 1, 2]) refused(t, await logIn({ otp: code(steps) }))
        for (const steps of [-1, 0]) assertTokens(t, await logIn({ otp: code(steps) }))
      }
    ),
    must(
      '§5.2',
      'a code works once, also of two concurrent logins, after the password and at the challenge endpoint',
      async ({ enrol, logIn, challenge, clock }, t) => {
        const { code } = await enrol()
        const otp = code()
        const answers = await Promise.all([logIn({ otp }), logIn({ otp }), logIn({ otp })])
        t.equal(answers.filter(({ status }) => status === 200).length, 1)
        const { body } = await logIn()
        refused(t, await logIn({ otp }))
        t.equal((await logIn({ password: `correct horse battery staple${otp}` })).status, 400)
        const begin = { auth_session: body.auth_session, code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' }
        t.match(await challenge({ ...begin, otp }), { status: 403, body: { error: 'insufficient_authorization' } })
        clock.advance(30)
        refused(t, await logIn({ otp }))
        assertTokens(t, await logIn({ otp: code() }))
      }
    ),
    must(
      '§5.2',
      'the code that confirms an authenticator app is used up by it',
      async ({ tokens, json, logIn, clock }, t) => {
        const { access_token } = await tokens()
        const { id, secret } = (await json('POST', '/users/me/factors', { type: 'totp' }, access_token)).body
        const otp = authenticatorApp(secret).code(clock.now())
        const confirmed = await json('POST', `/users/me/factors/${id}/confirm`, { code: otp }, access_token)
        t.equal(confirmed.status, 200)
        refused(t, await logIn({ otp }))
      }
    ),
    should('RFC 4226 §7.3', 'guessing codes is throttled for the account, and no code is checked during the wait', [
      [
        'auth/login/user-login.test.ts',
        'Wrong codes are counted at the account, across logins and nodes (RFC 4226 §7.3)'
      ]
    ]),
    should(
      '§5.1',
      'secrets are stored encrypted, and no response shows one again',
      async ({ app, alice, enrol, send }, t) => {
        const { secret, headers } = await enrol()
        const row = await app.db.secondFactors.confirmedTotp(alice.id)
        const bytes = Buffer.from(String(row?.secretSealed), 'base64url').toString('latin1')
        t.notOk(`${row?.secretSealed}${bytes}`.includes(secret))
        t.notOk((await send('GET', '/users/me/factors', headers)).text.includes(secret))
      }
    )
  ],
  notApplicable: [
    excluded(
      'RFC 4226 §7.4, RFC 6238 §6',
      'resynchronization with the counter or the clock of the token',
      'Phones set their clocks by themselves. A wider window would be a gift to guessers.'
    ),
    excluded('§3, R7', 'tamper-resistant devices', 'It binds the authenticator app.'),
    excluded('§1.2', 'SHA-256 and SHA-512', 'Many authenticator apps ignore the parameter and use SHA-1.')
  ],
  readings: [
    reading(
      '§5.2',
      'Is a code of the time step before refused once a later one was used?',
      'No: each step counts once, in any order, so that a second device of the user can log in with its code.'
    )
  ]
}
