import type { Test } from 'tap'
import { type ProblemCode, problemCodeOf } from '../../src/base/errors.ts'

/** The parts of an `inject` answer that these checks read. */
export interface Answer {
  statusCode: number
  headers: Record<string, unknown>
  body: string
  json(): unknown
}

const titles: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable'
}

/** The codes that are neither in the challenge nor general, by words of their sentences. */
const codes: [ProblemCode, RegExp][] = [
  ['missing_token', /^Send an access token: /],
  ['insufficient_scope', /^Only administrators set claims|^You cannot \w+ the scope /],
  ['invalid_link', /^This link is invalid/],
  ['invalid_setup_link', /^This link has expired/],
  ['wrong_code', /^The code is wrong/],
  ['wrong_password', /^The current password is wrong/],
  ['user_required', /belongs to a client/],
  ['registration_closed', /^Registration is closed/],
  ['changed_meanwhile', /^This was changed by another request/],
  ['username_taken', /^This username is taken/],
  ['name_taken', /^A client named/],
  ['identity_taken', /^This identity is linked/],
  ['passkey_taken', /^This passkey is registered/],
  ['limit_reached', /^An account can have|^This account already has|wait to be confirmed/],
  ['last_administrator', /^This is the last administrator/],
  ['last_way_in', /^This is the only way to log in/],
  ['second_factor_required', /^This account needs a second factor/],
  ['no_second_factor', /^Add a second factor first/],
  ['no_email', /has no e-mail address/],
  ['email_verified', /is already verified/],
  ['not_invited', /has not been invited|has an owner/],
  ['account_disabled', /^This account is disabled/]
]

/** The content of a refusal besides its status and path. */
export interface Refusal {
  detail: string
  errors?: { pointer: string; detail: string; reason?: string }[]
  code?: string
}

/** Checks the complete answer against RFC 9457: status, content type, body, and no internal details. */
export function assertProblem(
  t: Test,
  answer: Answer,
  status: number,
  instance: string,
  refusal: Refusal,
  name = `${status} ${instance}`
) {
  t.equal(answer.statusCode, status, name)
  t.match(answer.headers['content-type'], /^application\/problem\+json/, name)
  t.equal(answer.headers['cache-control'], 'no-store', name)
  const challenged = /error="(\w+)"/.exec(String(answer.headers['www-authenticate']))?.[1]
  const code = challenged ?? codes.find(([, words]) => words.test(refusal.detail))?.[0] ?? problemCodeOf(status)
  const common = { type: 'about:blank', title: titles[status], status, code, instance }
  t.strictSame(answer.json(), { ...common, ...refusal }, name)
  assertPublic(t, answer, name)
}

/** Asserts that the body contains no stack, path or SQL. */
export function assertPublic(t: Test, { body }: Answer, name: string) {
  t.notMatch(
    body,
    /\bat .*:\d+:\d+|\/(src|plugins|routes|node_modules|tmp|work)\/|SQLITE_|select |insert into|\$2b\$|\$bcrypt/i,
    name
  )
}
