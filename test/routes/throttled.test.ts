import t from 'tap'
import { createApp } from '../support/app.ts'

t.test('every operation that may be throttled documents 429 (RFC 6585 §4)', async t => {
  const { app } = await createApp(t, { rpId: 'example.com' })
  const { paths } = (await app.inject('/openapi.json')).json()
  const documented = Object.entries<Record<string, { operationId: string; responses: Record<string, unknown> }>>(paths)
    .flatMap(([, operations]) => Object.values(operations))
    .filter(({ responses }) => responses['429'])
    .map(({ operationId }) => operationId)
  t.strictSame(documented.sort(), [
    'addPasskey',
    'authorizeChallenge',
    'changePassword',
    'confirmFactor',
    'createToken',
    'deleteMe',
    'enrolFactor',
    'getPasskeyOptions',
    'introspectToken',
    'registerUser',
    'removeMyFactor',
    'removePasskey',
    'renamePasskey',
    'replaceRecoveryCodes',
    'requestEmailVerification',
    'requestPasswordReset',
    'revokeToken',
    'setUp',
    'updateMe'
  ])
})
