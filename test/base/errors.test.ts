import type { ProblemCode as ClientCode } from '@sallyport/client'
import t from 'tap'
import { Problem, type ProblemCode, problemCodeOf, problemCodes } from '../../src/base/errors.ts'

t.test('A problem has the status of its code (RFC 9457)', async t => {
  for (const [code, [status]] of Object.entries(problemCodes))
    t.match(new Problem(code as ProblemCode, 'Why.'), { code, status, statusCode: status, message: 'Why.' })
})

t.test("An error of other code has the general code of its status, or of the status's class", async t => {
  const codes = [400, 401, 403, 404, 409, 418, 429, 500, 503, 599].map(problemCodeOf)
  t.strictSame(codes, [
    ...['invalid_request', 'invalid_token', 'access_denied', 'not_found', 'conflict', 'invalid_request'],
    ...['too_many_attempts', 'server_error', 'temporarily_unavailable', 'server_error']
  ])
})

t.test('The client has the type of every code of the server, and of no other', async t => {
  const isSame: [ClientCode, ProblemCode] extends [ProblemCode, ClientCode] ? true : false = true
  t.ok(isSame)
})
