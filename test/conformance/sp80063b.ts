import { bearer, password } from '../support/app.ts'
import type { Scenario, Standard } from './scenarios.ts'
import { assertRefused, assertTokens, type World } from './world.ts'

const json = { 'content-type': 'application/json' }
let registered = 0

/** The answer to a registration with this password, of a user of its own unless the form names one. */
const register = ({ send }: World, password: string, form: { username?: string; email?: string } = {}) =>
  send('POST', '/users', json, JSON.stringify({ username: `u${registered++}`, password, ...form }))

/** The answer to alice's change of her password. */
async function change({ tokens, send }: World, new_password: string) {
  const headers = { ...json, ...bearer((await tokens()).access_token) }
  return send('PUT', '/users/me/password', headers, JSON.stringify({ current_password: password, new_password }))
}

/** Holds registration and change against the reasons that these passwords are refused for. */
const refuses =
  (passwords: Record<string, string>): Scenario['run'] =>
  async (world, t) => {
    for (const [given, reason] of Object.entries(passwords)) {
      for (const [answer, pointer] of [
        [await register(world, given), '/password'],
        [await change(world, given), '/new_password']
      ] as const) {
        t.equal(answer.status, 400, given)
        t.match(answer.body.errors, [{ pointer, reason }], given)
      }
    }
    assertTokens(t, await world.logIn())
  }

export const sp80063b: Standard = {
  name: 'NIST SP 800-63B-4',
  title: 'Passwords, beside OWASP ASVS 5.0 V6.2',
  table: 'sp80063b',
  scenarios: [
    {
      section: '§3.1.1.2',
      requirement: 'a password has 15 characters or more, since it is the only factor (ASVS 6.2.1)',
      level: 'MUST',
      run: refuses({ 'kxq vzj wby f7': 'length', '🚲🐙🎲🧊🥨🌵🚲🐙🎲🧊🥨🌵🌵🥨': 'length' })
    },
    {
      section: '§3.1.1.2',
      requirement:
        'passwords of 64 characters and more are taken, of printable ASCII, blanks and Unicode, a code point is one character, and there are no rules about composition (ASVS 6.2.5, 6.2.9)',
      level: 'MUST',
      async run(world, t) {
        for (const [username, password] of Object.entries({
          long: 'of the sea and of the land, of what is above them and of all that is below',
          ascii: ' !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~ 0 A z',
          small: 'nothingbutlowercaseletters',
          unicode: '🚲🐙🎲🧊🥨🌵🚲🐙🎲🧊🥨🌵🌵🥨🐙'
        })) {
          t.equal((await register(world, password, { username })).status, 201, username)
          assertTokens(t, await world.logIn({ username, password }))
        }
      }
    },
    {
      section: '§3.1.1.2',
      requirement: 'the whole password is verified: one that differs after the 72nd byte is another (ASVS 6.2.8)',
      level: 'MUST',
      async run(world, t) {
        const start = 'kxqvzjwby'.repeat(8)
        t.equal((await register(world, `${start} one`, { username: 'bob' })).status, 201)
        assertTokens(t, await world.logIn({ username: 'bob', password: `${start} one` }))
        assertRefused(t, await world.logIn({ username: 'bob', password: `${start} two` }), 'invalid_grant')
        assertRefused(t, await world.logIn({ username: 'bob', password: start }), 'invalid_grant')
      }
    },
    {
      section: '§3.1.1.2',
      requirement:
        'a new password is compared with a list of common ones, the 3,000 most common of every minimum length among them, and the refusal says why (ASVS 6.2.4)',
      level: 'MUST',
      run: refuses({
        passwordpassword: 'common',
        ManchesterUnited: 'common',
        '1QAZ2wsx3edc4rfv': 'common',
        Password1234567: 'common',
        aaaaaaaaaaaaaaaaaa: 'common'
      })
    },
    {
      section: '§3.1.1.2',
      requirement: 'a new password that says whose it is or what it is for is refused (ASVS 6.2.11)',
      level: 'MUST',
      async run(world, t) {
        await refuses({ 'this is for Sallyport': 'context' })(world, t)
        const { body } = await change(world, 'Alice through the glass')
        t.match(body.errors, [{ pointer: '/new_password', detail: 'contains the username', reason: 'context' }])
        const answer = await register(world, 'to queen.bee of the hive', { email: 'queen.bee@example.com' })
        t.match(answer.body.errors, [
          { pointer: '/password', detail: 'contains the e-mail address', reason: 'context' }
        ])
      }
    }
  ],
  notApplicable: [
    {
      section: '§3.1.1.2',
      requirement: 'no hints, no security questions, no periodic change (ASVS 6.2.10)',
      why: 'There are none of these.'
    },
    {
      section: 'ASVS 6.2.12',
      requirement: 'comparison with all passwords that are known from breaches',
      why: 'Those are hundreds of millions. The service asks nobody else about a password, so it has the most common ones alone.'
    }
  ],
  readings: [
    {
      section: '§3.1.1.2',
      question:
        'The entire password is to be compared with the list, not its parts. Names of the user and the service too?',
      choice:
        'The list: the entire password, and that it is one of the list repeated or filled up. Names of four bytes or more: anywhere in it, since they are what somebody who means this user tries.'
    },
    {
      section: '§3.1.1.2',
      question: 'Unicode is to be normalised; ASVS 6.2.8 wants the password exactly as it was received.',
      choice: 'NFC, which changes how a character is written and not which it is.'
    }
  ]
}
