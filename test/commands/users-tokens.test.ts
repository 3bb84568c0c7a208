import { test } from 'tap'
import { createUser, logIn } from '../support/app.ts'
import { createCli, withService } from '../support/cli.ts'
import { createToken } from '../support/personal-tokens.ts'

const unknown = '01890000-0000-7000-8000-000000000000'

test('users tokens lists the personal access tokens of an account without their values', async t => {
  const { sallyport, env } = createCli(t)
  const { token, ...shown } = await withService(env, async app => {
    await createUser(app, 'alice', ['me', 'reports:read', 'orders:read'])
    return await createToken(app, (await logIn(app)).access_token)
  })
  const table = await sallyport(['users', 'tokens', 'alice'])
  t.match(table, { code: 0, err: '' })
  t.match(table.out, /^id +name +scopes +resource +created_at +expires_at +last_used_at\n/)
  t.match(table.out, new RegExp(`^${shown.id} +nightly report +reports:read orders:read +- .* -$`, 'm'))
  t.strictSame(JSON.parse((await sallyport(['users', 'tokens', 'alice', '--json'])).out), [shown])
  t.notMatch(table.out, token)
  t.match(await sallyport(['users', 'tokens', 'bob']), { code: 1, out: '' })
})

test('users tokens --delete deletes one, and says when there is none', async t => {
  const { sallyport, env } = createCli(t)
  const [first, second] = await withService(env, async app => {
    await createUser(app, 'alice', ['me', 'reports:read'])
    const { access_token } = await logIn(app)
    return [await createToken(app, access_token), await createToken(app, access_token)] as const
  })
  const remove = (id: string, ...more: string[]) => sallyport(['users', 'tokens', 'alice', '--delete', id, ...more])
  t.same(await remove(first.id), { code: 0, out: `The token ${first.id} of alice is deleted.\n`, err: '' })
  t.match(await remove(first.id), { code: 1, out: '', err: /This account has no personal access token with this id\./ })
  t.equal((await remove(unknown)).code, 1)
  t.match(await sallyport(['users', 'tokens', 'alice']), { out: new RegExp(second.id) })
  t.same(JSON.parse((await remove(second.id, '--json')).out), { id: second.id, deleted: true })
  t.equal((await sallyport(['users', 'tokens', 'alice'])).out, '(none)\n')
  await withService(env, async app =>
    t.match((await app.audit.page({ limit: 1 })).items, [{ action: 'personal_token.deleted', actor: 'cli' }])
  )
})
