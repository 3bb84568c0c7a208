import type { Test } from 'tap'
import { type Answer, assertPublic } from './problem.ts'

/** A refusal: its name, the answer, and the expected status and `error`. */
export type OAuthRefusal = readonly [name: string, answer: Answer, status: number, error: string]

/** Checks answers against RFC 6749 §5.2: status, content type, a body with a description, and Cache-Control. */
export function assertOAuthErrors(t: Test, refusals: OAuthRefusal[]) {
  for (const [name, answer, status, error] of refusals) {
    t.equal(answer.statusCode, status, name)
    t.equal(answer.headers['content-type'], 'application/json; charset=utf-8', name)
    t.equal(answer.headers['cache-control'], 'no-store', name)
    t.matchOnlyStrict(answer.json(), { error, error_description: /^[A-Za-z]/ }, name)
    assertPublic(t, answer, name)
  }
}
