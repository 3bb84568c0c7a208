import { test } from 'tap'
import { readConfig } from '../../src/config/config.ts'
import { identityProvidersOf } from '../../src/config/identity-providers.ts'
import { configFrom } from '../../src/wiring/load-config.ts'

const google = 'https://accounts.google.com'
const secret = 'a secret of the tests, 32 bytes or more'

test('IDENTITY_PROVIDERS has issuers and the client ids of each', async t => {
  const env = {
    IDENTITY_PROVIDERS: `${google} web  ios, https://appleid.apple.com com.example.app,http://localhost:8080/a/ x`
  }
  const { config, problems } = readConfig({ SECRET: secret, ...env }, t.testdir())
  t.same(problems, [])
  t.same(identityProvidersOf(config), [
    { issuer: google, clientIds: ['web', 'ios'] },
    { issuer: 'https://appleid.apple.com', clientIds: ['com.example.app'] },
    { issuer: 'http://localhost:8080/a/', clientIds: ['x'] }
  ])
})

test('A wrong entry of IDENTITY_PROVIDERS is a problem that says how to mend it, without a password', async t => {
  const form = 'expected an issuer, such as https://accounts.google.com, and its client ids, all separated by spaces'
  const https = 'expected an issuer with https; http is only for localhost'
  const parts = 'expected an issuer without query and fragment'
  const login = 'expected an issuer without username and password'
  const twice = 'the issuer is there twice: expected one entry with all its client ids'
  const table: [value: string, entry: string, problem: string][] = [
    ['accounts.google.com web', '"accounts.google.com web"', form],
    ['web', '"web"', form],
    ['https:// web', '"https:// web"', form],
    ['ftp://localhost web', '"ftp://localhost web"', form],
    [`${google} web,ios`, '"ios"', form],
    [google, `"${google}"`, 'expected one client id or more after the issuer, separated by spaces'],
    [`${google} wéb`, `"${google} wéb"`, 'expected client ids of printable ASCII without commas'],
    ['http://accounts.google.com web', '"http://accounts.google.com web"', https],
    ['http://localhost.example.com web', '"http://localhost.example.com web"', https],
    [`${google}?a web`, `"${google}?a web"`, parts],
    [`${google}/# web`, `"${google}/# web"`, parts],
    ['https://me:hunter2@example.com web', 'an entry with an @', login],
    ['https://me:hunter/2@example.com web', 'an entry with an @', form],
    ['https://me:hunter 2@example.com web', 'an entry with an @', form],
    [`${google} web,${google} ios`, `"${google} ios"`, twice],
    [
      `${google} web,${google}/ ios`,
      `"${google}/ ios"`,
      `another entry has ${google}: expected only the one that the tokens have as iss, to the letter`
    ],
    [
      `https://Accounts.Google.com web,${google} ios`,
      `"${google} ios"`,
      'another entry has https://Accounts.Google.com: expected only the one that the tokens have as iss, to the letter'
    ]
  ]
  for (const [value, entry, problem] of table) {
    const { problems, wrong } = readConfig({ SECRET: secret, IDENTITY_PROVIDERS: value }, t.testdir())
    t.same(problems, [`IDENTITY_PROVIDERS has ${entry}: ${problem}`], value)
    t.same([...wrong], ['identityProviders'])
  }
})

test('An app that embeds the server gets the same problems', async t => {
  t.throws(() => configFrom({ secret, identityProviders: [`${google} web,ios`] }), {
    message: `The settings are not valid: identityProviders has "${google} web,ios": expected client ids of printable ASCII without commas`
  })
})
