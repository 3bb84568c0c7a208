import { test } from 'tap'
import type { Config, ConfigReport } from '../../src/config/config.ts'
import { checkSettings } from '../../src/doctor/settings.ts'
import { testConfig } from '../support/app.ts'

const issuer = 'http://127.0.0.1:3000'

function check(config: Partial<Config>, others: Partial<ConfigReport> = {}) {
  const settings = { problems: [], wrong: new Set<keyof Config>(), secret: {}, dotEnv: { path: '', entries: {} } }
  return checkSettings({ ...settings, config: testConfig({ issuer, bcryptCost: 12, ...config }), ...others })
}

test('The defaults cause no finding', async t => {
  t.same(check({}), [
    { check: 'settings', level: 'ok', text: 'Every setting is valid.' },
    { check: 'registration', level: 'ok', text: 'Anyone on this machine can register.' },
    { check: 'bcrypt-cost', level: 'ok', text: 'BCRYPT_COST is 12.' },
    { check: 'password-length', level: 'ok', text: 'New passwords have 15 characters or more.' },
    { check: 'second-factor', level: 'ok', text: 'No account needs a second factor.' },
    { check: 'passkeys', level: 'ok', text: 'RP_ID is not set.' },
    { check: 'token-life', level: 'ok', text: 'Access tokens are valid for 600 seconds.' },
    { check: 'cors', level: 'ok', text: 'No web page of another origin can call the API.' },
    { check: 'metrics', level: 'ok', text: 'METRICS is not set.' },
    { check: 'mail', level: 'ok', text: 'Messages are written to the log.' },
    { check: 'issuer', level: 'ok', text: `HOST is 127.0.0.1 and ISSUER is ${issuer}.` }
  ])
})

test('Every setting that weakens the server is named with its severity', async t => {
  const scenarios: [string, string, Partial<Config>, RegExp][] = [
    ['registration', 'warning', { host: '10.0.0.1', issuer: 'https://a.example.com' }, /Set REGISTRATION=closed/],
    ['registration', 'warning', { issuer: 'https://login.example.com' }, /anyone who can reach the server/],
    ['registration', 'ok', { host: '10.0.0.1', registration: 'closed' }, /^Only operators can create accounts\.$/],
    ['bcrypt-cost', 'ok', { bcryptCost: 9, passwordHash: 'argon2id' }, /^New hashes are Argon2id/],
    ['bcrypt-cost', 'error', { bcryptCost: 9 }, /^BCRYPT_COST is 9, .* Set 12/],
    ['bcrypt-cost', 'warning', { bcryptCost: 10 }, /^BCRYPT_COST is 10\. Set 12/],
    ['bcrypt-cost', 'warning', { bcryptCost: 11 }, /^BCRYPT_COST is 11\. Set 12/],
    ['password-length', 'warning', { passwordMinLength: 14 }, /^PASSWORD_MIN_LENGTH is 14\. .* 15/],
    ['second-factor', 'warning', { host: '10.0.0.1' }, /^A password alone .* Set SECOND_FACTOR=administrators\.$/],
    ['second-factor', 'warning', { host: '10.0.0.1', secondFactor: 'off' }, /Set SECOND_FACTOR=administrators/],
    ['second-factor', 'ok', { host: '10.0.0.1', secondFactor: 'administrators' }, /^Accounts that administer/],
    ['second-factor', 'ok', { host: '10.0.0.1', secondFactor: 'required' }, /^Every account/],
    ['passkeys', 'ok', { rpId: 'localhost', issuer: 'http://localhost:3000' }, /^Passkeys belong to localhost\.$/],
    ['passkeys', 'ok', { rpId: 'localhost', secondFactor: 'off' }, /^SECOND_FACTOR is off\.$/],
    ['passkeys', 'warning', { rpId: 'localhost' }, /^The console at http:\S+ has no passkeys/],
    ['token-life', 'ok', { accessTokenTtl: 3600 }, /3600/],
    ['token-life', 'warning', { accessTokenTtl: 3601 }, /^ACCESS_TOKEN_TTL is 3601 seconds, .* Set 3600 or less/],
    ['cors', 'error', { corsOrigins: ['https://a.example.com', '*'] }, /any web page can call/],
    ['cors', 'warning', { corsOrigins: ['*'], insecure: 'allow' }, /any web page can call/],
    ['metrics', 'error', { metrics: '0.0.0.0:9464' }, /^METRICS 0\.0\.0\.0:9464 .* Set METRICS /],
    ['metrics', 'warning', { metrics: '[::]:9464', insecure: 'allow' }, /^METRICS \[::\]:9464 /],
    ['metrics', 'ok', { metrics: '10.0.0.1:9464' }, /^Metrics are on 10\.0\.0\.1:9464\.$/],
    ['cors', 'ok', { corsOrigins: ['https://a.example.com'] }, /^Pages from https:\/\/a\.example\.com can call/],
    ['mail', 'warning', { issuer: 'https://a.example.com' }, /^SMTP_URL is not set, so messages are dropped/],
    [
      'mail',
      'warning',
      { smtpUrl: 'smtp://shop:hunter2@mail.example.com' },
      /^The connection to mail\.example\.com may be unencrypted/
    ],
    [
      'mail',
      'ok',
      { smtpUrl: 'smtp://mail.example.com?requireTLS=true' },
      /^Messages are sent to mail\.example\.com\.$/
    ],
    ['mail', 'ok', { smtpUrl: 'smtps://shop:hunter2@mail.example.com' }, /^Messages are sent to mail\.example\.com\.$/],
    ['mail', 'ok', { smtpUrl: 'smtp://127.0.0.1:25' }, /^Messages are sent to 127\.0\.0\.1\.$/],
    ['issuer', 'error', { host: '0.0.0.0' }, /^HOST 0\.0\.0\.0 accepts passwords .* set ISSUER to its https URL/],
    ['issuer', 'ok', { host: '0.0.0.0', issuer: 'https://a.example.com' }, /^HOST is 0\.0\.0\.0/],
    ['issuer', 'error', { issuer: 'http://a.example.com' }, /^ISSUER http:\/\/a\.example\.com does not use https/],
    ['issuer', 'warning', { issuer: 'http://a.example.com', insecure: 'allow' }, /does not use https/]
  ]
  for (const [name, level, config, text] of scenarios) {
    const finding = check(config).find(({ check }) => check === name)
    t.equal(finding?.level, level, JSON.stringify(config))
    t.match(finding?.text, text)
  }
})

test('Each problem is its own error, and the default of an invalid setting is not checked', async t => {
  const found = check({}, { problems: ['PORT is wrong', 'HOST is wrong'], wrong: new Set(['port', 'host'] as const) })
  t.same(
    found.map(({ check, level, text }) => (level === 'error' ? text : check)),
    ['PORT is wrong', 'HOST is wrong', 'bcrypt-cost', 'password-length', 'token-life', 'cors', 'metrics', 'mail']
  )
})

test('An http issuer of another machine is one finding, whatever HOST is', async t => {
  const found = check({ host: '0.0.0.0', issuer: 'http://login.example.com' })
  t.equal(found.filter(({ text }) => /https/.test(text)).length, 1)
})
