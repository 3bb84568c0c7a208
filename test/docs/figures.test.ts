import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { limits } from '../../src/app.ts'
import { mostDataBytes } from '../../src/auth/account/account-data.ts'
import { mostWaitMs, waitingForEach } from '../../src/auth/hashing/hash-queue.ts'
import { maxAge } from '../../src/auth/identities/id-token-claims.ts'
import { keyPollMs } from '../../src/auth/keys/keys.ts'
import { authSessionTtl } from '../../src/auth/login/auth-sessions.ts'
import { codeTtl } from '../../src/auth/login/authorization-codes.ts'
import { lifeOf } from '../../src/auth/mail/one-time-tokens.ts'
import { challengeMs } from '../../src/auth/passkeys/challenges.ts'
import { answerMs, mostBytes } from '../../src/auth/passwords/breach-check.ts'
import { generate } from '../../src/auth/second-factor/recovery-codes.ts'
import { recentSeconds } from '../../src/auth/sessions/reauthentication.ts'
import { type CounterName, usualCounters } from '../../src/auth/throttle/policies.ts'
import { lifeMs } from '../../src/auth/users/setup-links.ts'
import { mostProblems } from '../../src/base/http/schema-problems.ts'
import { ConfigSchema } from '../../src/config/settings.ts'
import { checkOptions } from '../../src/resource-server/options.ts'
import { mostSealed } from '../../src/store/audit/seals.ts'
import { nonceStepMs } from '../../src/wire/dpop/nonces.ts'
import { windowSeconds } from '../../src/wire/dpop/proof.ts'
import { freshMs } from '../../src/wire/issuer/issuer-keys.ts'
import { refusalDelayMs } from '../../src/wiring/password-hashing.ts'

const keys = 'docs/security/cryptography.md'
const threats = 'docs/security/threat-model.md'
const factors = 'docs/second-factor.md'
const operating = 'docs/operating.md'

const [minute, hour, day] = [60, 3600, 86_400]
const setting = (name: keyof typeof ConfigSchema.properties) => Number(ConfigSchema.properties[name].default)
const { staleKeys, leeway } = checkOptions({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
const codes = generate()
const bitsOfCode = 5 * String(codes[0]).replaceAll('-', '').length
const { http } = limits

/** Small numbers, as prose has them. */
const words = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']
const word = (count: number) => words[count] ?? ({ 20: 'twenty', 30: 'thirty' } as Record<number, string>)[count]
const many = (count: number) => count.toLocaleString('en')

const policyOf = (name: CounterName) => usualCounters[name].policy

/** Each figure of the code, as the page says it on which a reader looks it up. */
const stated: [figure: string, page: string][] = [
  [`of ${ConfigSchema.properties.secret.minLength} characters or more`, keys],
  [`one such change a minute after the first ${policyOf('profile').free}`, keys],
  [`an \`auth_session\` ${authSessionTtl / minute} minutes`, keys],
  [`a code ${codeTtl} seconds, once`, keys],
  [`a challenge ${challengeMs / 60_000} minutes, once`, keys],
  [`${setting('refreshTokenTtl') / day} days without a refresh, and ${setting('sessionTtl') / day} days in all`, keys],
  [`works for ${setting('refreshGrace')} seconds more`, keys],
  [`a step of ${nonceStepMs / 60_000} minutes`, keys],
  [`\`AUDIT_RETENTION\`, ${setting('auditRetention') / day} days`, keys],
  [`up to ${many(mostSealed)} events`, keys],
  [`${setting('keyRotation') / day} days (\`KEY_ROTATION\`)`, keys],
  [`Other nodes follow within ${keyPollMs / 1000} seconds, the verifier within ${freshMs / 60_000} minutes`, keys],
  [`by a signing key | ${setting('accessTokenTtl') / minute} minutes`, keys],
  [`${word(codes.length)} codes of ${bitsOfCode} random bits`, keys],
  [`verify an address ${lifeOf.verify_email / hour} hours`, keys],
  [`set a password ${lifeOf.reset_password / hour} hour,`, keys],
  [`an invitation ${lifeOf.invitation / day} days`, keys],
  [`the address or the factors ${lifeOf.undo_email_change / hour} hours`, keys],
  [`the address or the factors ${lifeOf.undo_factor / hour} hours`, keys],
  [`the setup link ${lifeMs / 3_600_000} hour.`, keys],
  [`${many(policyOf('trusted').most)} exchanges an hour`, keys],
  [`bcrypt at cost ${setting('bcryptCost')} over`, keys],
  [`**A proof lives** ${windowSeconds} seconds`, keys],
  [`**A token lives** ${maxAge / minute} minutes`, keys],
  [`${staleKeys / minute} minutes more while Sallyport`, keys],
  [`Clocks may differ by ${leeway} seconds`, keys],

  [`${setting('passwordMinLength')} characters or more`, threats],
  [`After ${policyOf('consecutive-codes').free} wrong codes in a row the app is closed`, threats],
  [`After ${policyOf('consecutive').free} failures in a row`, threats],
  [`a new prefix ${policyOf('token-prefix').most} times at once`, threats],
  [`a queue of ${waitingForEach} for each and ${mostWaitMs / 1000} s,`, threats],
  [`delayed by ${refusalDelayMs} ms`, threats],
  [`headers (${http.maxHeaderSize / 1024} KiB, ${http.headersTimeout / 1000} s)`, threats],
  [`requests (${limits.bodyLimit / 1024} KiB, ${limits.requestTimeout / 1000} s)`, threats],
  [`at most ${word(mostProblems)} problems in a response`, threats],
  [`${word(answerMs / 1000)} second, ${mostBytes / 1024} KiB`, threats],
  [`for up to ${policyOf('account').longestMs / 60_000} minutes at a time`, threats],
  [`**${freshMs / 60_000 + staleKeys / minute} minutes.** An API with`, threats],

  [`needs a login of the last ${word(recentSeconds / minute)} minutes`, operating],
  [`a JSON object of up to ${mostDataBytes / 1024} KiB`, operating],
  [`expires ${word(authSessionTtl / minute)} minutes after the login began`, factors]
]

const read = (page: string) => readFileSync(join(import.meta.dirname, '../..', page), 'utf8')
/** In small letters and one line, and tables without their padding. */
const flat = (text: string) =>
  text
    .replace(/\s+/g, ' ')
    .replace(/( *\| *)+/g, ' | ')
    .toLowerCase()

t.test('A page states the sizes, lives and limits of the code, where a reader looks them up (ASVS 11.1.2)', async t => {
  const pages = new Map([keys, threats, operating, factors].map(page => [page, flat(read(page))]))
  t.strictSame(
    stated.filter(([figure, page]) => !pages.get(page)?.includes(figure.toLowerCase())),
    []
  )
})
