import { excluded, must, reading, type Scenario, type Standard } from './scenarios.ts'
import { assertTokens, type World } from './world.ts'

let registered = 0

/** The answer to a registration with this password, by default of a new user. */
const register = ({ json }: World, password: string, form: { username?: string; email?: string } = {}) =>
  json('POST', '/users', { username: `u${registered++}`, password, ...form })

/** The answer to a change of alice's password. */
const change = async ({ tokens, changePassword }: World, password: string) =>
  changePassword((await tokens()).access_token, password)

/** Asserts that registration and change refuse these passwords for the given reasons. */
const refuses =
  (passwords: Record<string, string>): Scenario['run'] =>
  async (world, t) => {
    for (const [given, reason] of Object.entries(passwords))
      for (const [answer, pointer] of [
        [await register(world, given), '/password'],
        [await change(world, given), '/new_password']
      ] as const) {
        t.equal(answer.status, 400, given)
        t.match(answer.body.errors, [{ pointer, reason }], given)
      }
    assertTokens(t, await world.logIn())
  }

export const sp80063b: Standard = {
  name: 'NIST SP 800-63B-4',
  title: 'Passwords, beside OWASP ASVS 5.0 V6.2',
  date: 'August 2025',
  table: 'sp80063b',
  scenarios: [
    must(
      '§3.1.1.2',
      'a password has 15 characters or more, since it may be the only factor (ASVS 6.2.1)',
      refuses({ 'kxq vzj wby f7': 'length', '🚲🐙🎲🧊🥨🌵🚲🐙🎲🧊🥨🌵🌵🥨': 'length' })
    ),
    must(
      '§3.1.1.2',
      'passwords may have 64 characters and more, of printable ASCII, blanks and Unicode; a code point is one character, ' +
        'and there are no composition rules (ASVS 6.2.5, 6.2.9)',
      async (world, t) => {
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
    ),
    must('§3.1.1.2', 'the whole password is verified, including bytes after the 72nd (ASVS 6.2.8)', [
      ['auth/passwords/passwords.test.ts', 'Two passwords of 80 bytes that differ at byte 73 never match']
    ]),
    must(
      '§3.1.1.2',
      'a new password is compared with a list of common passwords, including the 3,000 most common of every minimum ' +
        'length, and the refusal gives the reason (ASVS 6.2.4)',
      refuses({
        passwordpassword: 'common',
        ManchesterUnited: 'common',
        '1QAZ2wsx3edc4rfv': 'common',
        Password1234567: 'common',
        aaaaaaaaaaaaaaaaaa: 'common'
      })
    ),
    must('§3.1.1.2', 'a new password that contains the name of the user or the service is refused (ASVS 6.2.11)', [
      [
        'auth/passwords/password-rules.test.ts',
        "Passwords that contain the user's identifiers or the service's name are refused (ASVS 5.0 6.2.11)"
      ]
    ])
  ],
  notApplicable: [
    excluded(
      '§3.1.1.2',
      'no hints, no security questions, no periodic change (ASVS 6.2.10)',
      'There are none of these.'
    ),
    excluded(
      'ASVS 6.2.12',
      'comparison with all passwords that are known from breaches',
      'Those are hundreds of millions. By default the service asks no other, so it checks only the most common ones. ' +
        'With BREACH_CHECK it asks a range API.'
    )
  ],
  deviations: [
    {
      section: '§3.2.2',
      requirement: 'failed attempts in a row at one account are limited to 100',
      level: 'MUST',
      why:
        'They are limited to 100 from networks that the account has never logged in from. From a known network, /24 or ' +
        '/64, a password can be tried about eleven times an hour for ever: with the limit, a neighbour could lock the ' +
        'owner out at home. NIST says SHALL.'
    }
  ],
  readings: [
    reading(
      '§3.1.1.2',
      'The entire password is compared with the list, not its parts. Does this include names of the user and the service?',
      'The list: the entire password, which may also be a listed password repeated or padded. Names of four bytes or ' +
        'more: anywhere in it, since an attacker who targets this user tries them.'
    ),
    reading(
      '§3.1.1.2',
      'Unicode should be normalised, but ASVS 6.2.8 requires the password exactly as received.',
      'NFC, which changes only the encoding of a character.'
    )
  ]
}
