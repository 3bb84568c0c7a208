import type { Test } from 'tap'
import { assertPublic } from './problem.ts'

/** An answer of `inject` as far as this check reads it. */
interface Answer {
  statusCode: number
  headers: Record<string, unknown>
  body: string
  json(): unknown
}

/** One way to be refused: its name, the answer, and the status and `error` that the answer has to have. */
export type OAuthRefusal = readonly [name: string, answer: Answer, status: number, error: string]

/** Holds answers against RFC 6749 §5.2: status, content type, a body with a description, and no cache that keeps it. */
export function assertOAuthErrors(t: Test, refusals: OAuthRefusal[]) {
  for (const [name, answer, status, error] of refusals) {
    t.equal(answer.statusCode, status, name)
    t.equal(answer.headers['content-type'], 'application/json; charset=utf-8', name)
    t.equal(answer.headers['cache-control'], 'no-store', name)
    t.matchOnlyStrict(answer.json(), { error, error_description: /^[A-Za-z]/ }, name)
    assertPublic(t, answer, name)
  }
}
