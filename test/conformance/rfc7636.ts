import { sha256 } from '../../src/base/secrets.ts'
import { challengeForm, codeOf, exchange, pkce, verifier } from './codes.ts'
import { decision, excluded, must, type Standard } from './scenarios.ts'
import { assertRefused, assertTokens } from './world.ts'

const { code_challenge, code_challenge_method } = pkce
const { code_challenge: _challenge, code_challenge_method: _method, ...withoutChallenge } = challengeForm

export const rfc7636: Standard = {
  name: 'RFC 7636',
  title: 'Proof Key for Code Exchange by OAuth Public Clients',
  date: 'September 2015',
  table: 'rfc7636',
  scenarios: [
    must(
      '§4.1',
      'a verifier has 43 to 128 characters of the alphabet; any other is refused, even if its hash fits',
      async (world, t) => {
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'
        for (const code_verifier of [alphabet, 'a'.repeat(43), 'a'.repeat(128)]) {
          const code = await codeOf(world, { code_challenge: sha256(code_verifier) })
          assertTokens(t, await exchange(world, code, { code_verifier }))
        }
        for (const code_verifier of ['a'.repeat(42), 'a'.repeat(129), `${verifier}+`, `${verifier} `, `${verifier}ä`]) {
          const code = await codeOf(world, { code_challenge: sha256(code_verifier) })
          assertRefused(t, await exchange(world, code, { code_verifier }), 'invalid_grant')
        }
      }
    ),
    must('§4.2', 'S256 is supported: the verifier of Appendix B fits its challenge', async (world, t) => {
      assertTokens(t, await exchange(world, await codeOf(world, pkce), { code_verifier: verifier }))
    }),
    decision(
      '§4.3',
      'plain is refused, by name, by another spelling and as the default (§4.4.1, RFC 9700 §2.1.1)',
      async ({ challenge }, t) => {
        for (const method of ['plain', 's256', 'S512', 'none', '']) {
          const form = { ...withoutChallenge, code_challenge: verifier, code_challenge_method: method }
          assertRefused(t, await challenge(form), 'invalid_request')
        }
        assertRefused(t, await challenge({ ...withoutChallenge, code_challenge }), 'invalid_request')
      }
    ),
    decision(
      '§4.3',
      'a challenge that no verifier can have is refused: its length, its alphabet, or a method alone',
      async ({ challenge }, t) => {
        const wrong = [code_challenge.slice(1), `${code_challenge}=`, `${code_challenge.slice(1)}+`, '']
        for (const code_challenge of wrong)
          assertRefused(
            t,
            await challenge({ ...withoutChallenge, code_challenge, code_challenge_method }),
            'invalid_request'
          )
      }
    ),
    must(
      '§4.4.1',
      'public clients have to use it, also the built-in one: a request without challenge is invalid_request',
      async ({ challenge, publicClient, confidential }, t) => {
        assertRefused(t, await challenge(withoutChallenge), 'invalid_request')
        const client_id = await publicClient()
        assertRefused(t, await challenge({ ...withoutChallenge, client_id }), 'invalid_request')
        const { headers } = await confidential()
        t.equal((await challenge(withoutChallenge, headers)).status, 200, 'a confidential client authenticates instead')
      }
    ),
    must(
      '§4.4',
      'the challenge of the first request counts for the whole login, and a second one is refused',
      async (world, t) => {
        const { challenge } = world
        const begin = { response_type: 'code', ...pkce }
        const shown = { username: 'alice', password: challengeForm.password }
        const { auth_session } = (await challenge(begin)).body
        const other = { code_challenge: 'a'.repeat(43), code_challenge_method }
        assertRefused(t, await challenge({ auth_session, ...shown, ...other }), 'invalid_request')
        const { authorization_code } = (await challenge({ auth_session, ...shown })).body
        assertRefused(t, await exchange(world, authorization_code, { code_verifier: 'a'.repeat(43) }), 'invalid_grant')
        assertTokens(t, await exchange(world, authorization_code))
      }
    ),
    must('§4.6', 'a verifier that is missing or wrong is invalid_grant, and no tokens are issued', async (world, t) => {
      const code = await codeOf(world)
      const wrong = ['', 'a'.repeat(43), code_challenge, `${verifier.slice(0, -1)}x`, verifier.toLowerCase()]
      for (const code_verifier of wrong)
        assertRefused(t, await exchange(world, code, { code_verifier }), 'invalid_grant')
      t.equal((await world.app.sessions.ofUser(world.alice.id)).length, 0, 'no login has begun')
      assertTokens(t, await exchange(world, code))
    }),
    must(
      'RFC 9700 §2.1.1',
      'a verifier for a code without a challenge is refused: the challenge may have been taken away',
      async (world, t) => {
        const { headers } = await world.confidential()
        const { authorization_code } = (await world.challenge(withoutChallenge, headers)).body
        assertRefused(t, await exchange(world, authorization_code, {}, headers), 'invalid_grant')
        assertTokens(t, await exchange(world, authorization_code, { code_verifier: '' }, headers))
      }
    )
  ],
  notApplicable: [
    excluded('§4.2', 'plain, for clients that cannot hash', 'It protects nothing: every client hashes.'),
    excluded('§7.1', 'verifiers have 256 bits of entropy', 'It binds the client, not the server.')
  ]
}
