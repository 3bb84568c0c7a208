import { type Test, test } from 'tap'
import { withRoot } from '../support/administrator.ts'
import { createServices, freshLogin, logIn } from '../support/app.ts'
import { databaseUrl, type EngineName, engines } from '../support/engines.ts'

type Change = (node: number, member: string) => Promise<unknown>

/** Two nodes on one database, and what an administrator and alice change on one of them. */
async function createNodes(t: Test, engine: EngineName) {
  const { app, config, alice } = await withRoot(t, ['users:write'], { databaseUrl: await databaseUrl(t, engine) })
  const { app: other } = await createServices(t, config)
  const nodes = [app, other] as const
  const at = (node: number) => nodes[node % 2] as typeof app
  const claims: Change = (node, member) => at(node).userAdmin.update(alice.id, { claims: { [member]: node } }, {})
  const data: Change = (node, member) =>
    at(node).users.updateProfile(alice.id, { data: { [member]: node } }, freshLogin)
  const disable = (node: number, disabled = true) => at(node).userAdmin.update(alice.id, { disabled }, {})
  return { app, claims, data, disable, read: () => app.userAdmin.byId(alice.id) }
}

/** Whether the change was made; otherwise it has to be refused with 409. */
const isMade = (t: Test, change: Promise<unknown>) =>
  change.then(
    () => true,
    error => {
      t.match(error, { status: 409, message: /^This was changed by another request/ })
      return false
    }
  )

for (const engine of engines)
  test(`Two nodes on one database, on ${engine}`, async t => {
    for (const part of ['claims', 'data'] as const)
      t.test(`Lose no member of the ${part} that they change at once`, async t => {
        const nodes = await createNodes(t, engine)
        const members = Array.from({ length: 20 }, (_, i) => `m${i}`)
        const made = await Promise.all(members.map((member, i) => isMade(t, nodes[part](i, member))))
        t.strictSame(Object.keys((await nodes.read())[part]).sort(), members.filter((_, i) => made[i]).sort())
        t.ok(made.includes(true))
      })

    t.test('Keep the claims of an administrator and the data of the owner', async t => {
      const { claims, data, read } = await createNodes(t, engine)
      const members = Array.from({ length: 10 }, (_, i) => `m${i}`)
      for (const [i, member] of members.entries()) await Promise.all([claims(i, member), data(i + 1, member)])
      const account = await read()
      for (const part of ['claims', 'data'] as const) t.strictSame(Object.keys(account[part]).sort(), members.sort())
    })

    t.test('Keep an account disabled whose claims change', async t => {
      const { app, claims, disable, read } = await createNodes(t, engine)
      for (let i = 0; i < 10; i++) {
        const { access_token } = await logIn(app)
        const changes = [() => disable(i), () => claims(i + 1, `m${i}`)]
        const order = i % 4 < 2 ? changes : changes.toReversed()
        const made = await Promise.all(order.map(change => isMade(t, change())))
        const [isDisabled, hasClaim] = i % 4 < 2 ? made : made.toReversed()
        const account = await read()
        t.strictSame([account.disabled, Object.hasOwn(account.claims, `m${i}`)], [isDisabled, hasClaim])
        t.ok(isDisabled || hasClaim)
        t.equal((await app.accessTokens.authenticate(access_token)) === undefined, isDisabled)
        if (isDisabled) await disable(i, false)
      }
    })
  })
