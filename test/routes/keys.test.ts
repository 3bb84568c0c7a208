import t from 'tap'
import { withRoot } from '../support/administrator.ts'
import { assertProblem } from '../support/problem.ts'

const scopes = ['me', 'keys:read', 'keys:write']

t.test('The signing keys are listed and rotated over HTTP', async t => {
  const { app, clock, root, call, trail } = await withRoot(t, scopes)
  const [created, signs] = ['2026-01-31T12:00:00.000Z', '2026-01-31T12:05:20.000Z']
  const list = await call('GET', '/keys')
  t.equal(list.statusCode, 200)
  const [first] = list.json().items
  const old = { kid: first.kid, alg: 'ES256', created_at: created, signs_at: created }
  t.strictSame(list.json(), { items: [{ ...old, state: 'signs', expires_at: null }] })

  const rotated = await call('POST', '/keys/rotate', {})
  t.equal(rotated.statusCode, 200)
  const [, second] = rotated.json().items
  t.strictSame(rotated.json(), {
    items: [
      { ...old, state: 'signs', expires_at: '2026-01-31T12:20:40.000Z' },
      { kid: second.kid, alg: 'ES256', state: 'published', created_at: created, signs_at: signs, expires_at: null }
    ]
  })
  t.strictSame((await call('GET', '/keys')).json(), rotated.json())
  t.equal(app.keys.signer().kid, first.kid, 'every cached JWKS has it')
  clock.advance(320)
  t.equal(app.keys.signer().kid, second.kid)

  const urgent = (await call('POST', '/keys/rotate', { immediately: true })).json().items
  t.match(urgent, [{ state: 'verifies' }, { state: 'verifies' }, { state: 'signs', alg: 'ES256' }])
  t.equal(app.keys.signer().kid, urgent[2].kid)
  const about = { action: 'key.rotated', actor: root.id, ip: '192.0.2.1', detail: {} }
  t.match(
    (await trail()).filter(({ action }) => action.startsWith('key.')),
    [
      { ...about, subject: second.kid },
      { ...about, subject: urgent[2].kid }
    ]
  )
  t.notMatch(JSON.stringify(urgent.map(Object.keys)), /private|sealed|jwk/i)
})

t.test('An invalid rotation is refused with a pointer, and rotates nothing', async t => {
  const { call } = await withRoot(t, scopes)
  for (const [payload, pointer, detail] of [
    [undefined, '', 'must be object'],
    [[], '', 'must be object'],
    [{ immediately: 'true' }, '/immediately', 'must be boolean'],
    [{ alg: 'none' }, '/alg', 'is unknown']
  ] as const)
    assertProblem(t, await call('POST', '/keys/rotate', payload), 400, '/keys/rotate', {
      detail: `The request is not valid: ${pointer || 'the body'} ${detail}.`,
      errors: [{ pointer, detail }]
    })
  t.equal((await call('GET', '/keys')).json().items.length, 1)
})
