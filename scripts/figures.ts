import { toleratedMs } from '../plugins/database-clock.ts'
import { part, usual } from '../plugins/http/connections.ts'
import { goneMs } from '../plugins/nodes.ts'
import { limits } from '../src/app.ts'
import { mostDataBytes } from '../src/auth/account/account-data.ts'
import { maxClaimsBytes, maxTokenLength } from '../src/auth/account/claims.ts'
import { maxEmailLength, maxFullNameLength, maxUsernameLength } from '../src/auth/account/identifiers.ts'
import { mostHeaderBytes } from '../src/auth/clients/clients.ts'
import { mostWaitMs, waitingForEach } from '../src/auth/hashing/hash-queue.ts'
import { leeway, maxAge } from '../src/auth/identities/id-token-claims.ts'
import { mostIdentities } from '../src/auth/identities/identities.ts'
import { staleKeys as issuerStaleKeys } from '../src/auth/identities/signature.ts'
import { jwksMaxAge, keyPollMs } from '../src/auth/keys/keys.ts'
import { authSessionTtl } from '../src/auth/login/auth-sessions.ts'
import { codeTtl } from '../src/auth/login/authorization-codes.ts'
import { mostTries } from '../src/auth/login/email-codes.ts'
import { lifeOf } from '../src/auth/mail/one-time-tokens.ts'
import { keepMs } from '../src/auth/mail/outbox.ts'
import { challengeMs } from '../src/auth/passkeys/challenges.ts'
import { mostPasskeys } from '../src/auth/passkeys/registration.ts'
import { answerMs } from '../src/auth/passwords/breach-check.ts'
import { maxPasswordBytes } from '../src/auth/passwords/password-form.ts'
import { defaultSeconds, longestSeconds } from '../src/auth/personal-tokens/lifetime.ts'
import { mostTokens } from '../src/auth/personal-tokens/personal-tokens.ts'
import { pendingMs } from '../src/auth/second-factor/second-factors.ts'
import { recentSeconds } from '../src/auth/sessions/reauthentication.ts'
import { keepEndedMs } from '../src/auth/sessions/retention.ts'
import { mostSessions } from '../src/auth/sessions/start.ts'
import { mostNames } from '../src/auth/throttle/hourly-limit.ts'
import { keepKnownMs } from '../src/auth/throttle/throttle.ts'
import { mostTokenBytes } from '../src/auth/tokens/access-tokens.ts'
import { lifeMs } from '../src/auth/users/setup-links.ts'
import { mostWaiting } from '../src/logging/log-stream.ts'
import { drainLimitMs } from '../src/process/draining.ts'
import { noticeMs } from '../src/process/server.ts'
import { checkOptions } from '../src/resource-server/options.ts'
import { mostSealed } from '../src/store/audit/seals.ts'
import { poolSize } from '../src/store/engine/postgres.ts'
import { mostStatements } from '../src/store/engine/sqlite.ts'
import { mostBytes } from '../src/store/engine/version-cache.ts'
import { nonceStepMs } from '../src/wire/dpop/nonces.ts'
import { mostKeyBytes, windowSeconds } from '../src/wire/dpop/proof.ts'
import { freshMs } from '../src/wire/issuer/issuer-keys.ts'
import { markdownTable } from './markdown-table.ts'

/** What a figure is about, the figure, and the words with which another page would repeat it. */
export type Figure = [what: string, figure: string, words: RegExp]

const names: [seconds: number, name: string][] = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second']
]

/** A span of time in the largest unit of which it has whole ones; from one to three days in hours. */
function time(seconds: number): string {
  const [unit, name] = names.find(([unit]) => seconds % unit === 0 && !(unit === 86_400 && seconds <= 3 * unit)) ?? [1]
  const count = seconds / unit
  return `${count.toLocaleString('en')} ${name ?? 'second'}${count === 1 ? '' : 's'}`
}

const ms = (milliseconds: number) => (milliseconds < 1000 ? `${milliseconds} ms` : time(milliseconds / 1000))
const bytes = (count: number) => `${count / 1024} KiB`
const megabytes = (count: number) => `${Math.round(count / 2 ** 20)} MiB`
const { staleKeys, leeway: apiLeeway } = checkOptions({ issuer: 'https://a.example', audience: 'https://b.example' })

/** How long something works or is kept. Settings and their defaults stand in docs/settings.md. */
export const lifetimes: Figure[] = [
  [
    'A **recent login**, which a change of an account, a client or the keys needs',
    time(recentSeconds),
    /recent|login of/
  ],
  ['An unfinished login (`auth_session`), with its code in the mail', time(authSessionTtl), /auth_session|unfinished/],
  ['An authorization code, once', time(codeTtl), /authorization code/],
  ['A challenge for a passkey, once', ms(challengeMs), /challenge/],
  ['An authenticator app that is not confirmed yet', ms(pendingMs), /confirm/],
  ['The link that verifies an address', time(lifeOf.verify_email), /verif/],
  ['The link that sets a password', time(lifeOf.reset_password), /link/],
  ['An invitation', time(lifeOf.invitation), /invit/],
  [
    'The link that undoes a change of the address or a new factor, token or identity',
    time(lifeOf.undo_factor),
    /undo|undoes|link/
  ],
  ['The set-up link of the first administrator, once', ms(lifeMs), /set-?up/],
  ['A personal access token, unless it is created for another time', time(defaultSeconds), /token/],
  ['A personal access token at most', time(longestSeconds), /token/],
  ['An ID token of an issuer, from `iat`', time(maxAge), /ID token/],
  ['Known keys of an unreachable issuer', time(freshMs / 1000 + issuerStaleKeys), /issuer/],
  ['How far the clock of an issuer may be ahead', time(leeway), /clock/],
  ['A difference from the clock of PostgreSQL, without a warning', ms(toleratedMs), /clock/],
  ['A DPoP proof, before and after its `iat`', time(windowSeconds), /proof/],
  ['A step of the DPoP nonces: the current, the former and the next are accepted', ms(nonceStepMs), /nonce/],
  ['The JWKS in a cache', time(jwksMaxAge), /JWKS|cache/],
  ['Until all nodes refuse a retired key', ms(keyPollMs), /retired|node/],
  ['Until an API with `sallyport/verifier` asks for the keys again', ms(freshMs), /keys/],
  ['How much longer it accepts the keys while Sallyport is down (`staleKeys`)', time(staleKeys), /keys/],
  ['How far the clock of an API may differ (`leeway`)', time(apiLeeway), /clock|leeway/],
  ['A message that the mail server does not take', ms(keepMs), /message|mail/],
  ['A login that has ended, in the database', ms(keepEndedMs), /ended/],
  ['A prefix without a login, as known', ms(keepKnownMs), /prefix/],
  ['A password in the queue of hashes', ms(mostWaitMs), /queue|wait/],
  ['An answer of `BREACH_CHECK`', ms(answerMs), /breach|BREACH/],
  ['A request; its headers', `${ms(limits.requestTimeout)}; ${ms(limits.http.headersTimeout)}`, /request/],
  ['An idle connection', ms(limits.keepAliveTimeout), /idle|connection/],
  ['A killed process, in `/overview`', ms(goneMs), /overview|killed/],
  ['Service after SIGTERM, with `TRUST_PROXY`', ms(noticeMs), /SIGTERM/],
  ['The exit of a server after SIGTERM, at the latest', ms(drainLimitMs), /SIGTERM|exit/]
]

/** How large or how many something may be. */
export const sizes: Figure[] = [
  ['A username', `${maxUsernameLength} characters`, /username/],
  ['An e-mail address', `${maxEmailLength} characters`, /address/],
  ['A full name', `${maxFullNameLength} characters`, /name/],
  ['A password', `${maxPasswordBytes.toLocaleString('en')} bytes`, /password/],
  ['`data` of an account, as JSON', bytes(mostDataBytes), /data/],
  ['`claims` of an account, as JSON', bytes(maxClaimsBytes), /claims/],
  [
    'An access token with the claims and all scopes of its account',
    `${maxTokenLength.toLocaleString('en')} characters`,
    /token/
  ],
  ['Logins of an account; the next one ends the oldest', `${mostSessions}`, /logins/],
  ['Personal access tokens of an account', `${mostTokens}`, /personal access tokens/],
  ['Passkeys of an account', `${mostPasskeys}`, /passkeys/],
  ['Linked identities of an account', `${mostIdentities}`, /identities|linked/],
  ['Tries of one code in the mail', `${mostTries}`, /tries|times/],
  ['Events under one seal', mostSealed.toLocaleString('en'), /events/],
  ['The body of a request', bytes(limits.bodyLimit), /body|request/],
  ['The headers of a request', bytes(limits.http.maxHeaderSize), /header/],
  ['Passwords that wait for each hash that runs', `${waitingForEach}`, /queue|wait/],
  [
    'Connections to a process; from one network',
    `${usual.toLocaleString('en')}; ${(usual / part).toLocaleString('en')}`,
    /connections/
  ],
  ['Connections of a process to PostgreSQL', `${poolSize}`, /connections/],
  ['Waiting lines of the log', megabytes(mostWaiting), /log/]
]

/** What a process keeps in memory to save work, and its largest size. */
export const caches: Figure[] = [
  ['Access tokens whose signature was checked', megabytes(mostTokenBytes), /cache/],
  ['Rows on SQLite until the next write: logins, clients, personal access tokens; each', megabytes(mostBytes), /cache/],
  ['HTTP Basic headers with the right secret', megabytes(mostHeaderBytes), /cache/],
  ['Public keys of DPoP proofs', megabytes(mostKeyBytes), /cache/],
  ['The counters `refresh` and `trusted`; each', megabytes(mostNames * 128), /cache/],
  ['Statements of SQLite', `${mostStatements} statements`, /cache/]
]

export const figuresTable = (heads: [string, string], figures: Figure[]) =>
  markdownTable(
    heads,
    figures.map(([what, figure]) => [what, figure])
  )

const numerals = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']

/** The ways in which prose writes a figure, such as `10 minutes`, `ten minutes` and `10 min`. */
function spellings(figure: string): RegExp {
  const [, count = '', unit = ''] = /^([\d,.]+) ?(.*)$/.exec(figure) ?? []
  const counts = [
    count,
    count.replace(',', ''),
    numerals[Number(count)] ?? count,
    ...(figure === '1 hour' ? ['an'] : [])
  ]
  const stem = unit.replace(/s$/, '')
  return new RegExp(`\\b(${counts.join('|')})[ -]${stem || '\\w+'}`, 'i')
}

/** Complaints about figures of docs/limits.md that a sentence of another page repeats. */
export const repeatedFigures = (pages: Map<string, string>): string[] =>
  [...pages].flatMap(([path, text]) =>
    text
      .replace(/^```.*?^```$/gms, '')
      .split(/(?<=[.:;])\s|\n\n|\n(?=[-|#])/)
      .flatMap(sentence =>
        [...lifetimes, ...sizes]
          .filter(([, figure, words]) => words.test(sentence) && spellings(figure).test(sentence))
          .map(
            ([what]) => `${path} repeats a figure of docs/limits.md (${what}): ${sentence.replace(/\s+/g, ' ').trim()}`
          )
      )
  )
