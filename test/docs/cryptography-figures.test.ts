import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { nonceStepMs } from '../../src/auth/dpop/nonces.ts'
import { windowSeconds } from '../../src/auth/dpop/proof.ts'
import { maxAge } from '../../src/auth/identities/id-token-claims.ts'
import { signingAlgs } from '../../src/auth/keys/jwk.ts'
import { jwksMaxAge, keyPollMs } from '../../src/auth/keys/keys.ts'
import { deriveKey } from '../../src/auth/keys/secrets.ts'
import { authSessionTtl } from '../../src/auth/login/auth-sessions.ts'
import { codeTtl } from '../../src/auth/login/authorization-codes.ts'
import { lifeOf } from '../../src/auth/mail/one-time-tokens.ts'
import { challengeMs } from '../../src/auth/passkeys/challenges.ts'
import { algorithms as coseAlgs } from '../../src/auth/passkeys/cose-key.ts'
import { generate } from '../../src/auth/second-factor/recovery-codes.ts'
import { policies, trustedLimit } from '../../src/auth/throttle/policies.ts'
import { lifeMs } from '../../src/auth/users/setup-links.ts'
import { ConfigSchema } from '../../src/config/settings.ts'
import { dpopAlgs } from '../../src/errors.ts'
import { freshMs } from '../../src/resource-server/issuer-keys.ts'
import { checkOptions } from '../../src/resource-server/options.ts'
import { mostSealed } from '../../src/store/audit/seals.ts'
import { cryptoSources, cryptoUses } from '../support/crypto-uses.ts'
import { type Figure, wrongFigures } from '../support/stated-figures.ts'

const name = 'docs/security/cryptography.md'
const page = readFileSync(join(import.meta.dirname, '..', '..', name), 'utf8')
const sources = cryptoSources()
const uses = cryptoUses(sources)

const [minute, hour, day] = [60, 3600, 86_400]
const setting = (key: keyof typeof ConfigSchema.properties) => Number(ConfigSchema.properties[key].default)
const verifier = checkOptions({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
const codes = generate()

/** The number that `pattern` finds in a source: a product such as `90 * 86_400`, or digits. */
function inSource(path: string, pattern: RegExp): number {
  const [, found = ''] = pattern.exec(String(sources.get(path))) ?? []
  if (!/^[\d_* ]+$/.test(found)) throw new Error(`${path} has no ${pattern}`)
  return found
    .replaceAll('_', '')
    .split('*')
    .reduce((product, factor) => product * Number(factor), 1)
}

/** A constant of a source that it does not export. */
const constant = (path: string, key: string) => inSource(path, new RegExp(`^(?:const|let) ${key} = ([\\d_* ]+)$`, 'm'))

/** The number in the use of `call` in a file. */
const argument = (path: string, call: string) =>
  Number(
    uses
      .get(path)
      ?.find(use => use.startsWith(`${call} `))
      ?.slice(call.length + 1)
  )

const src = 'src/auth'
const secretBits = 8 * inSource(`${src}/keys/secrets.ts`, /randomSecret = \(\) => randomBytes\((\d+)\)/)
const rsaBits = argument(`${src}/keys/jwk.ts`, 'generateKeyPairSync rsa')
const cose = `${src}/passkeys/cose-key.ts`
const proofKey = `${src}/dpop/proof-key.ts`
const stored = `${src}/passwords/stored-hashes.ts`
const totp = `${src}/second-factor/totp.ts`
const yearMs = 365 * day * 1000

const stated: [name: string, value: number, ...sentences: RegExp[]][] = [
  ['the shortest SECRET', Number(ConfigSchema.properties.secret.minLength), /from you, of (\S+) characters or more/],
  [
    'the characters that doctor wants',
    constant('src/doctor/secret.ts', 'distinctWanted'),
    /fewer than (\S+) different/
  ],
  [
    'the bits of a random secret',
    secretBits,
    /\*\*Made\*\*: (\d+) random bits in base64url/,
    /\*\*Made\*\*: (\d+) random bits\. Stored as SHA-256/,
    /over (\d+) random bits, which only/,
    /nothing without the (\d+) bits/,
    /under a key of (\d+) random bits for the account/,
    /has `!` and (\d+) random bits/,
    /the id of the `auth_session`, (\d+) random bits/,
    /\| `SECRET` \| HKDF-SHA-256 \| (\d+) \|/,
    /\| client secrets \| SHA-256 \| (\d+) \|/,
    /\| links in mail \| SHA-256 \| (\d+) \|/
  ],
  [
    'the bits of a derived key',
    8 * deriveKey('secret', 'purpose').length,
    /makes a key of (\d+) bits for each purpose/,
    /\| stored sealed text \| \S+ \| (\d+) \|/,
    /\| tokens with sealed content \| \S+ \| (\d+) \|/,
    /\| refresh tokens \| \S+ \| (\d+) \|/
  ],
  ['the bits of an IV', 8 * argument(`${src}/keys/secrets.ts`, 'randomBytes'), /IV of (\d+) random bits/],
  ['the bits of a tag', 8 * constant(`${src}/keys/secrets.ts`, 'tagLength'), /tag of (\d+) bits/],
  ['the bits of a salt of tokens', 8 * argument(`${src}/keys/sealing.ts`, 'randomBytes'), /: a salt of (\d+) random/],
  ['policies.profile.forgiveMs in minutes', policies.profile.forgiveMs / 60_000, /account (\S+) such change a minute/],
  ['policies.profile.free', policies.profile.free, /a minute after the first (\d+),/],
  [
    'the accounts for 2^32 seals in a year, in thousands',
    Math.floor(2 ** 32 / (yearMs / policies.profile.forgiveMs) / 1000) * 1000,
    /so (\S+) accounts that change/
  ],
  [
    'authSessionTtl in minutes',
    authSessionTtl / minute,
    /`auth_session` (\S+) minutes from/,
    /\*\*Lives\*\*: (\S+) minutes; one code/,
    /\| 1 or (\S+) minutes/
  ],
  ['codeTtl', codeTtl, /a code (\S+) seconds, once/],
  ['codeTtl in minutes', codeTtl / minute, /\| (\S+) or 10 minutes/],
  ['challengeMs in minutes', challengeMs / 60_000, /a challenge (\S+) minutes, once/],
  [
    'REFRESH_TOKEN_TTL in days',
    setting('refreshTokenTtl') / day,
    /(\S+) days without a refresh/,
    /accepted for (\S+) days, as/,
    /\| (\S+) days unused/
  ],
  ['SESSION_TTL in days', setting('sessionTtl') / day, /and (\S+) days in all/, /unused, (\S+) in all/],
  ['REFRESH_GRACE', setting('refreshGrace'), /works for (\S+) seconds more/],
  [
    'the largest counter',
    10 ** (1 + inSource(`${src}/tokens/refresh-tokens.ts`, /\[1-9\]\\d\{0,(\d)\}/)) - 1,
    /(\S+) refreshes of a login/
  ],
  ['nonceStepMs in minutes', nonceStepMs / 60_000, /a step of (\S+) minutes/],
  ['two steps of nonces in minutes', (2 * nonceStepMs) / 60_000, /at most (\S+) minutes; the steps/],
  ['the digits of an email code', constant(`${src}/login/email-codes.ts`, 'digits'), /(\S+) digits from \d+ bits/],
  [
    'the bits of an email code',
    8 * inSource(`${src}/login/email-codes.ts`, /readUIntBE\(0, (\d)\)/),
    /digits from (\d+) bits/
  ],
  ['the tries of an email code', constant(`${src}/login/email-codes.ts`, 'most'), /(\S+) tries/],
  ['AUDIT_RETENTION in days', setting('auditRetention') / day, /`AUDIT_RETENTION`, (\S+) days/],
  ['policies.consecutive.forgiveMs in days', policies.consecutive.forgiveMs / (day * 1000), /(\S+) days for each/],
  ['mostSealed', mostSealed, /SHA-256 of up to (\S+) events/],
  [
    'the bits of an RSA key',
    rsaBits,
    /RS256 \((\S+) bits, exponent 65537\), or/,
    /RSA keys of (\S+) bits have/,
    /\| 256; (\d+) \|/
  ],
  [
    'KEY_ROTATION in days',
    setting('keyRotation') / day,
    /(\S+) days \(`KEY_ROTATION`\)/,
    /\| (\d+) days \| access tokens/
  ],
  [
    'how long a key is published before it signs',
    jwksMaxAge + (keyPollMs + constant(`${src}/keys/keys.ts`, 'marginMs')) / 1000,
    /published (\S+) seconds before/
  ],
  ['keyPollMs in seconds', keyPollMs / 1000, /Other nodes follow within (\S+) seconds/],
  ['freshMs in minutes', freshMs / 60_000, /verifier within (\S+) minutes/, /are used for (\S+) minutes/],
  ['ACCESS_TOKEN_TTL in minutes', setting('accessTokenTtl') / minute, /by a signing key \| (\S+) minutes/],
  ['the bits of a TOTP secret', 8 * constant(totp, 'secretBytes'), /(\d+) random bits; codes are TOTP/],
  [
    'the bits of a TOTP secret',
    8 * constant(totp, 'secretBytes'),
    /\| HMAC-SHA-1 \| (\d+) \|/,
    /links hold\. (\d+) bits of an/
  ],
  ['the digits of TOTP', inSource(totp, /\[0-9\]\{(\d)\}/), /HMAC-SHA-1, (\d) digits/],
  ['the step of TOTP in seconds', constant(totp, 'stepMs') / 1000, /6 digits, (\d+) seconds/],
  [
    'pendingMs in minutes',
    constant(`${src}/second-factor/second-factors.ts`, 'pendingMs') / 60_000,
    /(\S+) minutes until the first code/
  ],
  ["policies['consecutive-codes'].free", policies['consecutive-codes'].free, /(\S+) wrong codes in a row/],
  ['the number of recovery codes', codes.length, /(\S+) codes of \d+ random bits/],
  [
    'the bits of a recovery code',
    5 * String(codes[0]).replaceAll('-', '').length,
    /codes of (\d+) random bits/,
    /with it, 2<sup>(\d+)<\/sup> guesses/,
    /recovery codes (\d+) bits/,
    /and (\d+) of a recovery code/,
    /\| recovery codes \| HMAC-SHA-256 \| (\d+) \|/
  ],
  ['lifeOf.verify_email in hours', lifeOf.verify_email / hour, /verify an address (\S+) hours/],
  ['lifeOf.reset_password in hours', lifeOf.reset_password / hour, /set a password (\S+) hour/, /\| (\S+) hour to/],
  ['lifeOf.invitation in days', lifeOf.invitation / day, /an invitation (\S+) days/, /hour to (\S+) days, once/],
  ['lifeOf.undo_email_change in hours', lifeOf.undo_email_change / hour, /address or the factors (\S+) hours/],
  ['lifeOf.undo_factor in hours', lifeOf.undo_factor / hour, /address or the factors (\S+) hours/],
  ['the life of a setup link in hours', lifeMs / 3_600_000, /setup link (\S+) hour/],
  [
    'the bits of a personal access token',
    8 * argument(`${src}/personal-tokens/token-text.ts`, 'randomBytes'),
    /`sally_pat_`, (\d+) random bits/,
    /\| personal access tokens \| SHA-256 \| (\d+) \|/
  ],
  [
    'the life of a personal access token in days',
    constant(`${src}/personal-tokens/personal-tokens.ts`, 'defaultSeconds') / day,
    /(\S+) days, or as chosen/,
    /\| SHA-256 \| 160 \| (\S+) days/
  ],
  [
    'the longest life of a personal access token in days',
    inSource('routes/personal-tokens.ts', /maximum: ([\d_]+)/) / day,
    /chosen up to (\S+) days/
  ],
  ['trustedLimit', trustedLimit, /(\S+) exchanges an hour/],
  ['BCRYPT_COST', setting('bcryptCost'), /bcrypt at cost (\d+) over/, /\| cost (\d+) \|/],
  [
    'the bits of a salt of bcrypt',
    8 * argument(`${src}/passwords/bcrypt-sha256.ts`, 'randomBytes'),
    /the salt of (\d+) random bits/
  ],
  ['the least cost of bcrypt', inSource(stored, /cost: \{ least: (\d+)/), /all at cost (\d+) to/],
  ['the highest cost of bcrypt', inSource(stored, /cost: \{ least: \d+, most: (\d+)/), /all at cost \d+ to (\d+)/],
  ['the most rounds of PBKDF2', inSource(stored, /iterations: .* most: ([\d_]+)/), /up to (\S+) rounds/],
  ['the most MiB of Argon2', inSource(stored, /memory: .* most: ([\d_* ]+),/) / 1024, /up to (\S+) MiB/],
  [
    'the digits for a breach check',
    inSource(`${src}/passwords/breach-check.ts`, /hash\.slice\(0, (\d)\)/),
    /sends (\d) of the 40/
  ],
  [
    'the least bits of an RSA key',
    inSource(cose, /modulusLength >= (\d+)/),
    /-257 \(RS256, (\S+) to/,
    /\| 256; (\d+)\+ \|/
  ],
  ['the most bits of an RSA key', inSource(cose, /modulusLength <= (\d+)/), /-257 \(RS256, \S+ to (\S+) bits/],
  ['the exponent of a passkey', inSource(cose, /publicExponent === ([\d_]+)n/), /-257 \([^)]* exponent (\d+)\)/],
  ['the most passkeys', constant(`${src}/passkeys/registration.ts`, 'most'), /removed; (\d+) for an account/],
  ['the least bits of a DPoP key', inSource(proofKey, /modulusLength < (\d+)/), /EdDSA, RS256 \((\S+) to/],
  ['the most bits of a DPoP key', inSource(proofKey, /modulusLength > (\d+)/), /EdDSA, RS256 \(\S+ to (\S+) bits/],
  ['the exponent of a DPoP key', inSource(proofKey, /publicExponent < ([\d_]+)n/), /bits, exponent from (\d+)\)/],
  ['windowSeconds', windowSeconds, /A proof lives\*\* (\S+) seconds/],
  ['maxAge in minutes', maxAge / minute, /A token lives\*\* (\S+) minutes/],
  [
    'staleKeys of ID tokens in minutes',
    constant(`${src}/identities/signature.ts`, 'staleKeys') / minute,
    /(\S+) minutes more while it cannot/
  ],
  [
    'the least bits of a key of an issuer',
    inSource(`${src}/identities/signature.ts`, /modulusLength\) < (\d+)/),
    /RSA keys from (\S+) bits/
  ],
  [
    'the least exponent of an issuer',
    inSource(`${src}/identities/signature.ts`, /exponent < ([\d_]+)n/),
    /bits with an exponent from (\d+)\./
  ],
  ['staleKeys of the verifier in minutes', verifier.staleKeys / minute, /(\S+) minutes more while Sallyport/],
  ['leeway of the verifier', verifier.leeway, /may differ by (\S+) seconds/],
  ['the bits of a jti', 8 * argument('src/client/dpop-proof.ts', 'crypto.getRandomValues'), /`jti` has (\d+) random/],
  ['the bits of a verifier', 8 * argument('src/client/pkce.ts', 'crypto.getRandomValues'), /a PKCE verifier (\d+)/],
  [
    'the shortest verifier of PKCE',
    inSource(`${src}/login/pkce.ts`, /verifierFormat = .*\{(\d+),/),
    /a verifier of (\d+) to/
  ],
  [
    'the longest verifier of PKCE',
    inSource(`${src}/login/pkce.ts`, /verifierFormat = .*,(\d+)\}/),
    /a verifier of \d+ to (\d+) characters/
  ]
]

const figures: Figure[] = stated.map(([what, value, ...sentences]) => [what, value, { [name]: sentences }])

/** One line, and tables without their padding. */
const flat = (text: string) => text.replace(/\s+/g, ' ').replace(/( *\| *)+/g, ' | ')

/** The list in a constant `algorithms` of a source. */
const listIn = (path: string) =>
  Array.from(
    /^const algorithms = \[(.*)\]/m.exec(String(sources.get(path)))?.[1]?.matchAll(/'([^']+)'/g) ?? [],
    ([, alg = '']) => alg
  ).join(', ')

t.test('sizes, lives and limits are those of the code (ASVS 11.1.2)', async t => {
  t.same(wrongFigures(name, flat(page), figures), [])
})

t.test('each sentence with another figure is named', async t => {
  const text = flat(page)
  for (const [what, value, ...sentences] of stated)
    for (const sentence of sentences) {
      const [start = 0, end = 0] = new RegExp(sentence, 'di').exec(text)?.indices?.[1] ?? []
      const changed = `${text.slice(0, start)}99${text.slice(end)}`
      t.equal(wrongFigures(name, changed, [[what, value, { [name]: [sentence] }]]).length, 1, `${what}: ${sentence}`)
    }
})

t.test('accepted algorithms are those of the code (ASVS 11.6.1)', async t => {
  const lists = [
    `${listIn('src/auth/identities/signature.ts')}, by jose`,
    `${listIn('src/resource-server/verify-offline.ts')}, by jose`,
    `**Accepted**: ${dpopAlgs.join(', ')} (`
  ]
  for (const list of lists) t.ok(page.includes(list), list)
  const [, made = ''] = /by `SIGNING_ALG`: ([^\n]*)/.exec(page) ?? []
  t.same(
    Array.from(made.matchAll(/\b(?:[EPRH]S\d{3}|EdDSA|Ed25519)\b/g), ([alg]) => alg).sort(),
    [...signingAlgs].sort()
  )
  const [, keys = ''] = /COSE algorithms ([\s\S]*?)\. No/.exec(page) ?? []
  t.same(Array.from(keys.matchAll(/-\d+(?= \()/g), Number), coseAlgs)
})
