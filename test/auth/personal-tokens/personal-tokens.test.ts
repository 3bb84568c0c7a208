import t from 'tap'
import { usualCounters } from '../../../src/auth/throttle/policies.ts'
import { StoreError } from '../../../src/store/errors.ts'
import { createTokenWorld } from '../../support/personal-tokens.ts'

t.test('Changes of tokens count as changes of the profile, and a refusal is recorded', async t => {
  const { app, id, call, create } = await createTokenWorld(t)
  const made = await create()
  const refusal = app.auditEvents.event('throttle.refused', { subject: id })
  for (let n = 1; n < usualCounters.profile.policy.free; n++) await app.throttle.take('profile', id, refusal)
  for (const [method, url, payload] of [
    ['POST', '/users/me/tokens', { name: 'one more' }],
    ['DELETE', `/users/me/tokens/${made.id}`, undefined]
  ] as const)
    t.equal((await call(method, url, payload)).statusCode, 429)
  const refused = (await app.audit.page({ limit: 100 })).items.filter(({ action }) => action === 'throttle.refused')
  t.match(refused, [{ subject: id, detail: { counter: 'profile' } }])
})

t.test('A deletion of every token that fails is recorded without a number', async t => {
  const { app } = await createTokenWorld(t)
  app.db.personalTokens.removeEvery = async () => {
    throw new StoreError('unavailable', 'disk full', 'SQLITE_FULL')
  }
  await t.rejects(app.personalTokens.removeEvery({ actor: 'cli' }), { message: 'disk full' })
  const { items } = await app.audit.page({ action: 'personal_tokens.deleted', limit: 10 })
  t.matchOnlyStrict(items, [{ ...items[0], actor: 'cli', detail: {} }])
})
