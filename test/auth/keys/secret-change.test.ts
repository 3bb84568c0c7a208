import t, { type Test } from 'tap'
import { createSecretChange, type DiscardedAccount } from '../../../src/auth/keys/secret-change.ts'
import type { SealedStore } from '../../../src/store/sealed.ts'
import { createAuthenticator } from '../../support/authenticator.ts'
import { createPasskeyWorld } from '../../support/passkeys.ts'
import { enrol } from '../../support/second-factor.ts'
import { execute } from '../../support/store.ts'

const changed = 'the new secret of the tests, 32 bytes'

/** A database on which alice has an app and bob a passkey. `changeWith` is the service with a lost secret. */
async function createWorld(t: Test) {
  const world = await createPasskeyWorld(t, {})
  const { app, config, clock, add } = world
  await enrol(world)
  await add(createAuthenticator(), {}, 'bob')
  const changeWith = (store: Partial<SealedStore>, secondSecret?: string) =>
    createSecretChange({
      config: { secret: changed, secondSecret },
      store: { ...app.db.sealed, ...store },
      keyStore: app.db.keys,
      factors: app.db.secondFactors,
      users: app.db.users,
      keys: app.keys,
      auditEvents: app.auditEvents,
      record: app.db.audit.record,
      now: clock.now
    })
  async function discard(store: Partial<SealedStore> = {}) {
    const all: DiscardedAccount[] = []
    for await (const some of changeWith(store).discardFactors({})) all.push(...some)
    return all
  }
  return { app, url: config.databaseUrl, secret: config.secret, discard, changeWith }
}

t.test('A discarded authenticator app without recovery codes goes alone', async t => {
  const { url, discard } = await createWorld(t)
  await execute(url, 'DELETE FROM recovery_codes')
  t.strictSame(await discard(), [{ username: 'alice', removed: ['app'], hasFactor: false }])
  t.strictSame(await discard(), [])
})

t.test('An account that changes or disappears at the same time is left alone', async t => {
  const { app, discard } = await createWorld(t)
  t.strictSame(await discard({ discardFactors: async () => false }), [])
  const [row] = await app.db.sealed.nextApps()
  const once = [{ ...row, userId: 'nobody', place: '1', id: '1', sealed: 'nothing' }]
  t.strictSame(
    await discard({
      nextApps: async after => (after === undefined ? once : []),
      nextRecoveryKeys: async () => []
    }),
    []
  )
  const alice = await app.userAdmin.byIdOrName('alice')
  t.match(await app.secondFactors.list(alice), { items: [{ type: 'totp' }], recovery_codes_left: 10 })
})

t.test('A rotation that fails records what it has changed', async t => {
  const { app, changeWith, secret } = await createWorld(t)
  const nextApps = () => Promise.reject(new Error('The database is gone.'))
  const failing = changeWith({ nextApps }, secret)
  await t.rejects(failing.rotate({ actor: 'cli' }), { message: 'The database is gone.' })
  t.match((await app.audit.page({ action: 'secret.rotated', limit: 2 })).items, [
    { actor: 'cli', detail: { signing_keys: 1, apps: 0, recovery_codes: 0 } }
  ])
})
