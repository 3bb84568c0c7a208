import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { limits } from '../../src/app.ts'
import { nonceStepMs } from '../../src/auth/dpop/nonces.ts'
import { windowSeconds } from '../../src/auth/dpop/proof.ts'
import { maxAge } from '../../src/auth/identities/id-token-claims.ts'
import { jwksMaxAge, keyPollMs } from '../../src/auth/keys/keys.ts'
import { randomSecret } from '../../src/auth/keys/secrets.ts'
import { authSessionTtl } from '../../src/auth/login/auth-sessions.ts'
import { codeTtl } from '../../src/auth/login/authorization-codes.ts'
import { lifeOf } from '../../src/auth/mail/one-time-tokens.ts'
import { challengeMs } from '../../src/auth/passkeys/challenges.ts'
import { answerMs, mostBytes } from '../../src/auth/passwords/breach-check.ts'
import { mostWaitMs, waitingForEach } from '../../src/auth/passwords/hash-queue.ts'
import { generate } from '../../src/auth/second-factor/recovery-codes.ts'
import { recentSeconds } from '../../src/auth/sessions/reauthentication.ts'
import { policies, trustedLimit } from '../../src/auth/throttle/policies.ts'
import { mostDataBytes } from '../../src/auth/users/account-data.ts'
import { lifeMs } from '../../src/auth/users/setup-links.ts'
import { ConfigSchema } from '../../src/config/settings.ts'
import { refusalDelayMs } from '../../src/password-hashing.ts'
import { freshMs } from '../../src/resource-server/issuer-keys.ts'
import { checkOptions } from '../../src/resource-server/options.ts'
import { mostProblems } from '../../src/schema-problems.ts'
import { type Figure, wrongFigures } from '../support/stated-figures.ts'

const root = join(import.meta.dirname, '..', '..')
const [minute, hour] = [60, 3600]

const setting = (name: keyof typeof ConfigSchema.properties) => Number(ConfigSchema.properties[name].default)
const { staleKeys } = checkOptions({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
const codes = generate()
const bitsOfCode = String(codes[0]).replaceAll('-', '').length * 5
const bitsOfSecret = Buffer.from(randomSecret(), 'base64url').length * 8

const security = 'SECURITY.md'
const threats = 'docs/security/threat-model.md'
const dpop = 'docs/dpop.md'
const addresses = 'docs/decisions/0033-proved-addresses.md'
const factors = 'docs/second-factor.md'
const providers = 'docs/identity-providers.md'
const scripts = 'docs/scripts.md'
const breaches = 'docs/decisions/0048-breached-passwords.md'

const recentLogin = [/login of the last (\S+) minutes/]

const figures: Figure[] = [
  [
    'windowSeconds of proofs',
    windowSeconds,
    {
      [threats]: [/at resources, it works for (\S+) seconds/, /can be repeated for (\S+) seconds/],
      [dpop]: [/may differ from that of the server by (\S+) seconds/, /(\S+) seconds after the time in the proof/],
      'docs/decisions/0052-dpop.md': [/within (\S+) seconds of the server's clock/]
    }
  ],
  [
    'two steps of nonces in minutes',
    (2 * nonceStepMs) / 60_000,
    {
      [threats]: [/its nonce has ended after at most (\S+) minutes/, /for at most (\S+) minutes after that/],
      [dpop]: [/up to (\S+) minutes, where nonces are asked for/]
    }
  ],
  [
    'recentSeconds / 60',
    recentSeconds / minute,
    {
      [threats]: recentLogin,
      [addresses]: recentLogin,
      [factors]: recentLogin,
      'docs/console.md': recentLogin,
      'docs/operating.md': recentLogin,
      [providers]: recentLogin,
      [scripts]: recentLogin,
      'docs/mail.md': recentLogin,
      'docs/security/asvs.md': recentLogin
    }
  ],
  [
    'authSessionTtl / 60',
    authSessionTtl / minute,
    {
      [threats]: [/expire (\S+) minutes after the login began/, /\| encrypted, (\S+) minutes, once, one client/],
      [factors]: [/expires (\S+) minutes after the login began/]
    }
  ],
  [
    'codeTtl',
    codeTtl,
    {
      [threats]: [/it works for (\S+) s, once/, /\| encrypted, (\S+) seconds, once, one client/],
      [factors]: [/A code lives (\S+) seconds/]
    }
  ],
  [
    'maxAge of ID tokens / 60',
    maxAge / minute,
    {
      [threats]: [/once on all nodes, within (\S+) minutes/, /signature of the issuer, once, (\S+) minutes/],
      [providers]: [/for (\S+) minutes from its `iat`/],
      'docs/security/asvs.md': [/the ID token is at most (\S+) minutes old/]
    }
  ],
  ['policies.identity.free', policies.identity.free, { [threats]: [/of the others, (\S+) from one prefix/] }],
  ["policies['token-prefix'].most", policies['token-prefix'].most, { [threats]: [/a new prefix (\S+) times at once/] }],
  [
    'trustedLimit',
    trustedLimit,
    { [threats]: [/(\S+) exchanges of one token an hour/], [scripts]: [/(\S+) exchanges of one token in an hour/] }
  ],
  ['challengeMs / 60,000', challengeMs / 60_000, { [factors]: [/credentials\.create, good for (\S+) minutes/] }],
  ['waitingForEach', waitingForEach, { [threats]: [/a queue of (\S+) for each/] }],
  ['mostWaitMs / 1000', mostWaitMs / 1000, { [threats]: [/a queue of \S+ for each and (\S+) s,/] }],
  ['refusalDelayMs', refusalDelayMs, { [threats]: [/delayed by (\S+) ms/] }],
  ['limits.http.maxHeaderSize / 1024', limits.http.maxHeaderSize / 1024, { [threats]: [/headers \((\S+) KiB/] }],
  [
    'limits.http.headersTimeout / 1000',
    limits.http.headersTimeout / 1000,
    { [threats]: [/headers \([^)]*, (\S+) s\)/] }
  ],
  [
    'limits.bodyLimit / 1024',
    limits.bodyLimit / 1024,
    { [threats]: [/requests \((\S+) KiB/, /bodies up to (\S+) KiB/] }
  ],
  ['limits.requestTimeout / 1000', limits.requestTimeout / 1000, { [threats]: [/requests \([^)]*, (\S+) s\)/] }],
  ['mostProblems', mostProblems, { [threats]: [/at most (\S+) problems in a response/] }],
  ['lifeOf.verify_email / 3600', lifeOf.verify_email / hour, { [threats]: [/first link works for (\S+) hours/] }],
  [
    "policies['first-link'].forgiveMs in days",
    policies['first-link'].forgiveMs / 86_400_000,
    { [threats]: [/link that verifies an address in (\S+) days/] }
  ],
  [
    'lifeOf.undo_email_change / 3600',
    lifeOf.undo_email_change / hour,
    {
      [threats]: [/gets a link that works for (\S+) hours/, /back for (\S+) hours after a change/],
      [addresses]: [/undoes the change, for (\S+) hours/, /back for (\S+) hours after a change/]
    }
  ],
  [
    'lifeOf.undo_factor / 3600',
    lifeOf.undo_factor / hour,
    {
      [threats]: [
        /a link, good for (\S+) hours, that removes (?:the factor|what was added)/,
        /removes the factor within (\S+) hours/,
        /accounts elsewhere of the last (\S+) hours/
      ],
      [security]: [/undo what a thief adds for (\S+) hours/],
      [providers]: [/For (\S+) hours, the notice/]
    }
  ],
  [
    'lifeOf.reset_password / 3600',
    lifeOf.reset_password / hour,
    { [threats]: [/a link for a new password works for (\S+) hours?/] }
  ],
  [
    'lifeOf.invitation in days',
    lifeOf.invitation / 86_400,
    {
      [threats]: [/its link works for (\S+) days, once/],
      'docs/mail.md': [/\| (\S+) days, once/, /Its link works for (\S+) days/],
      'docs/decisions/0045-invitations.md': [/It works for (\S+) days/, /an\s+invitation of (\S+) days/],
      'docs/security/asvs.md': [/valid for (\S+) days/]
    }
  ],
  [
    'lifeMs of setup links / 3,600,000',
    lifeMs / 3_600_000,
    {
      [threats]: [/stored as a hash, for (\S+) hours?, once, and void/, /once, for (\S+) hours?, only while no account/]
    }
  ],
  ['policies.mailbox.free', policies.mailbox.free, { [threats]: [/an address gets (\S+) links of a kind/] }],
  [
    "policies['first-links'].most",
    policies['first-links'].most,
    { [threats]: [/get (\S+) such links to one address/, /With (\S+) accounts that give/] }
  ],
  ['policies.notice.most', policies.notice.most, { [threats]: [/(\S+) notices of a kind at once/] }],
  [
    "policies['ordered-reset'].most",
    policies['ordered-reset'].most,
    { [threats]: [/(\S+) resets of an account by administrators/] }
  ],
  [
    'policies.invitation.most',
    policies.invitation.most,
    {
      [threats]: [/and (\S+) invitations and other links/],
      'docs/mail.md': [/order (\S+) messages to one unverified address/]
    }
  ],
  [
    "policies['password-reset'].free",
    policies['password-reset'].free,
    { [threats]: [/(\S+) passwords for an account/], [breaches]: [/(\S+) passwords for an account/] }
  ],
  [
    "policies['password-reset'].forgiveMs / 60,000",
    policies['password-reset'].forgiveMs / 60_000,
    { [threats]: [/for an account, then one every (\S+) minutes/], [breaches]: [/then one every (\S+) minutes/] }
  ],
  [
    'answerMs / 1000',
    answerMs / 1000,
    {
      [threats]: [/(\S+) second, 256 KiB/],
      [breaches]: [/after (\S+) second, at/],
      'docs/operating.md': [/no answer within (\S+) second/]
    }
  ],
  [
    'mostBytes / 1024',
    mostBytes / 1024,
    { [threats]: [/one second, (\S+) KiB/], [breaches]: [/one second, at (\S+) KiB/] }
  ],
  ['mostDataBytes / 1024', mostDataBytes / 1024, { 'docs/operating.md': [/a JSON object of up to (\S+) KiB/] }],
  ['policies.mail.free', policies.mail.free, { [threats]: [/(\S+) requests from a prefix, then/] }],
  [
    'the bits of a recovery code',
    bitsOfCode,
    { [threats]: [/recovery code has (\S+) bits/, /(\S+) random bits, once, stored as a hash; the same/] }
  ],
  ['the number of recovery codes', codes.length, { [factors]: [/comes with (\S+) recovery codes/] }],
  [
    'the bits of a random secret',
    bitsOfSecret,
    {
      [threats]: [
        /the setup link: (\S+) random bits/,
        /client secrets of (\S+) random bits/,
        /a challenge of (\S+) bits/,
        /(\S+) random bits, once, for a limited time/,
        /(\S+) random bits, stored as a hash; failures/
      ]
    }
  ],
  [
    "policies['consecutive-codes'].free",
    policies['consecutive-codes'].free,
    { [threats]: [/after (\S+) wrong codes in a row the app/, /app\*\*, with (\S+) wrong codes/] }
  ],
  [
    'policies.consecutive.free',
    policies.consecutive.free,
    {
      [threats]: [/after (?:the )?(\S+) failures in a row/, /\*\*(\S+) consecutive failures/],
      [security]: [/after (\S+) failures in a row/]
    }
  ],
  [
    'policies.account.longestMs / 60,000',
    policies.account.longestMs / 60_000,
    { [threats]: [/for up to (\S+) minutes at a time/] }
  ],
  [
    'ACCESS_TOKEN_TTL / 60',
    setting('accessTokenTtl') / minute,
    {
      [threats]: [/\*\*(\S+) minutes\.\*\* A service that verifies/, /a signature, (\S+) minutes, one audience/],
      [security]: [/\*\*(\S+) minutes\*\*: an API that verifies/]
    }
  ],
  [
    'REFRESH_GRACE',
    setting('refreshGrace'),
    { [threats]: [/`REFRESH_GRACE` \((\S+) seconds\)/], [security]: [/`REFRESH_GRACE` \((\S+) seconds\)/] }
  ],
  ['jwksMaxAge / 60', jwksMaxAge / minute, { [threats]: [/cached JWKS expires \((\S+) minutes\)/] }],
  ['keyPollMs / 1000', keyPollMs / 1000, { [threats]: [/on other nodes within (\S+) seconds/] }],
  ['freshMs / 60,000', freshMs / 60_000, { [threats]: [/`sallyport\/verifier` caches keys for (\S+) minutes/] }],
  [
    'freshMs and staleKeys in minutes',
    freshMs / 60_000 + staleKeys / minute,
    { [threats]: [/\*\*(\S+) minutes\.\*\* An API with/] }
  ],
  [
    'PASSWORD_MIN_LENGTH',
    setting('passwordMinLength'),
    { [threats]: [/(\S+) characters or more - hashes are bcrypt/, /\| (\S+) characters, no common password/] }
  ],
  ['BCRYPT_COST', setting('bcryptCost'), { [threats]: [/bcrypt at cost (\d+)/] }]
]

const pages = [...new Set(figures.flatMap(([, , sentences]) => Object.keys(sentences)))]

for (const page of pages)
  t.test(`${page} states the figures of the code`, async t => {
    t.same(wrongFigures(page, readFileSync(join(root, page), 'utf8'), figures), [])
  })

t.test('a wrong figure, and a sentence that is gone, are named with the figure of the code', async t => {
  const all: Figure[] = [['recentSeconds / 60', 10, { page: recentLogin }]]
  t.same(wrongFigures('page', 'It needs a login of the last\n  five minutes.', all), [
    'page says "login of the last five minutes", but recentSeconds / 60 is 10'
  ])
  t.same(wrongFigures('page', 'A login of the last ten minutes, or of the last 10 minutes.', all), [])
  t.same(wrongFigures('page', 'It needs a recent login.', all), [
    'page has no sentence /login of the last (\\S+) minutes/ for recentSeconds / 60, which is 10'
  ])
})
