import { OAuthError, ProblemError } from '@sallyport/client'
import t from 'tap'
import { Cancelled, explain, faultsOf } from '../../console/src/explain.ts'
import { texts } from '../../console/src/texts.ts'

const { errors } = texts

t.test('An error is explained in words', async t => {
  const refusal = (status: number, detail = 'Why.', wait?: number) =>
    explain(new ProblemError(detail, status, [], wait))
  t.equal(refusal(400), 'Why.')
  t.equal(refusal(500, ''), 'The server gave an unexpected response (status 500). Try again later.')
  t.equal(refusal(401), errors.signedOut)
  t.equal(refusal(403), 'Your account may not do this. Why.')
  t.equal(refusal(429, 'Why.', 1), 'Too many attempts. Try again in 1 second.')
  t.equal(refusal(429), 'Too many attempts. Try again later.')
  t.equal(refusal(503, 'Why.', 30), 'The server is busy or cannot reach its database. Try again in 30 seconds.')
  t.equal(refusal(503), 'The server is busy or cannot reach its database. Try again soon.')
  t.equal(explain(new OAuthError('invalid_grant', 'The code is wrong.', 400)), 'The code is wrong.')
  t.equal(explain(new OAuthError('temporarily_unavailable', '', 429, 2)), 'Too many attempts. Try again in 2 seconds.')
  t.equal(explain(new TypeError('Failed to fetch')), errors.offline)
  t.equal(explain(new Cancelled()), errors.cancelled)
  t.equal(explain(new RangeError('odd')), 'RangeError: odd')
})

t.test('An error of a passkey is explained in words', async t => {
  t.equal(explain(new DOMException('', 'NotAllowedError')), errors.passkeyUnused)
  t.equal(explain(new DOMException('', 'InvalidStateError')), errors.passkeyExists)
  t.equal(explain(new DOMException('odd', 'AbortError')), 'AbortError: odd')
})

t.test('The fields that the server refused have their faults', async t => {
  const refused = new ProblemError('Why.', 400, [{ pointer: '/email', detail: 'is wrong' }])
  t.strictSame(faultsOf(refused), { email: 'is wrong' })
  t.strictSame(faultsOf(new TypeError()), {})
})
