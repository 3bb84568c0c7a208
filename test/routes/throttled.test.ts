import t from 'tap'
import { createApp } from '../support/app.ts'

t.test('every operation that may be throttled documents 429 (RFC 6585 §4)', async t => {
  const { app } = await createApp(t, { rpId: 'example.com' })
  const { paths } = (await app.inject('/openapi.json')).json()
  type Operation = { operationId: string; responses: Record<string, unknown> }
  const withoutLimit = Object.values<Record<string, Operation>>(paths)
    .flatMap(operations => Object.entries(operations))
    .filter(([method, { responses }]) => method !== 'get' && !responses['429'])
    .map(([, { operationId }]) => operationId)
  // Their tokens work once, and only live sessions can be ended.
  t.strictSame(withoutLimit.sort(), ['endMySession', 'undoEmailChange', 'undoFactor', 'verifyEmail'])
})
