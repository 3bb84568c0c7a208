import type { Test } from 'tap'

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
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable'
}

/** The content of a refusal besides its status and path. */
export interface Refusal {
  detail: string
  errors?: { pointer: string; detail: string; reason?: string }[]
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
  t.strictSame(answer.json(), { type: 'about:blank', title: titles[status], status, instance, ...refusal }, name)
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
