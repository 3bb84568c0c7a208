import t from 'tap'
import { build } from '../../../src/app.ts'
import type { Grant } from '../../../src/auth/extensions/extensions.ts'
import { createPersonalCaller } from '../../../src/auth/tokens/personal-caller.ts'
import { clientToken } from '../../support/administrator.ts'
import { bearer, postForm } from '../../support/app.ts'
import { createTokenWorld, orders, reports } from '../../support/personal-tokens.ts'

t.test('A personal access token is described with the claims and scopes that its account has now', async t => {
  const { app, clock, id, create, list } = await createTokenWorld(t)
  await app.userAdmin.update(id, { claims: { roles: ['editor'] } }, {})
  const headers = bearer((await clientToken(app, 'api', ['introspect'])).token)
  const introspect = async (token: string) => (await postForm(app, '/introspect', { token }, headers)).json()
  const { token } = await create({ resource: reports })
  clock.advance(60)
  t.match(await introspect(token), { active: true, roles: ['editor'], scope: 'reports:read reports:write' })
  t.match(await list(), [{ last_used_at: clock.now().toISOString() }])
  await app.userAdmin.update(id, { scopes: ['me', 'reports:read'] }, {})
  t.match(await introspect(token), { scope: 'reports:read' })
  await app.userAdmin.update(id, { scopes: ['me'] }, {})
  t.strictSame(await introspect(token), { active: false }, 'no scope is left')
})

t.test('A personal access token is unknown to callers without the scope introspect, and not recorded', async t => {
  const { app, accessToken, create, exchange, list } = await createTokenWorld(t)
  const { token } = await create()
  const { client, secret } = await app.clientAdmin.create(
    { name: 'api', confidential: true, grants: ['client_credentials'], scopes: ['reports:read'] },
    {}
  )
  const credentials = { client_id: client.id, client_secret: String(secret) }
  t.strictSame((await postForm(app, '/introspect', { token, ...credentials })).json(), { active: false })
  t.equal((await postForm(app, '/introspect', { token }, bearer(accessToken))).statusCode, 403)
  t.match(await list(), [{ last_used_at: null }])
  const { access_token } = (await exchange(token)).json()
  for (const presented of [token, access_token])
    t.not((await postForm(app, '/introspect', { token }, bearer(presented))).statusCode, 200)
})

t.test('A personal access token names its owner to a proxy, for the scopes and the API that it asks about', async t => {
  const { app, id, create, list } = await createTokenWorld(t)
  const [anywhere, ofReports] = [await create(), await create({ resource: reports })]
  const verify = async (token: string, query = '') => {
    const { statusCode, headers } = await app.inject({ url: `/verify${query}`, headers: bearer(token) })
    return statusCode === 204 ? headers : statusCode
  }
  t.match(await verify(anywhere.token, '?scope=reports:read'), {
    'x-auth-subject': id,
    'x-auth-username': 'alice',
    'x-auth-client': '',
    'x-auth-scope': 'reports:read reports:write orders:read'
  })
  t.match(await verify(ofReports.token, `?resource=${reports}`), { 'x-auth-scope': 'reports:read reports:write' })
  t.equal(await verify(ofReports.token), 401, 'it is not for this server')
  t.equal(await verify(ofReports.token, `?resource=${orders}`), 401)
  t.equal(await verify(anywhere.token, '?scope=me'), 403)
  t.equal(await verify(anywhere.token, '?scope=reports:read%20users:read'), 403)
  t.notMatch(await list(), [{ last_used_at: null }, { last_used_at: null }])
  await app.userAdmin.update(id, { disabled: true }, {})
  t.equal(await verify(anywhere.token), 401)
})

t.test('A personal access token without a scope opens no API that it names', async t => {
  const { app, create } = await createTokenWorld(t)
  const headers = bearer((await create({ scopes: [] })).token)
  t.equal((await app.inject({ url: '/verify', headers })).statusCode, 204)
  for (const resource of [reports, orders])
    t.equal((await app.inject({ url: `/verify?resource=${resource}`, headers })).statusCode, 401)
})

t.test('/verify records the address of the script if a trusted proxy sends it, and else none', async t => {
  const [script, proxy] = ['198.51.100.7', '10.0.0.1']
  for (const [trustProxy, sends, recorded] of [
    [['10.0.0.0/8'], { 'x-forwarded-for': `192.0.2.9, ${script}` }, [script]],
    [['10.0.0.0/8'], {}, []],
    [['172.16.0.0/12'], { 'x-forwarded-for': script }, []]
  ] as const) {
    const { app, create, events, mails } = await createTokenWorld(t, { trustProxy: [...trustProxy] })
    const headers = { ...bearer((await create()).token), ...sends }
    t.equal((await app.inject({ url: '/verify', headers, remoteAddress: proxy })).statusCode, 204)
    const name = `${trustProxy} ${sends['x-forwarded-for' as keyof typeof sends]}`
    t.strictSame(
      (await events()).slice(1).map(({ ip }) => ip),
      recorded,
      name
    )
    t.equal((await mails()).length, 1 + recorded.length, name)
  }
})

t.test('The claims of an embedding app for a personal access token are asked for without a client', async t => {
  const asked: unknown[] = []
  const claims = ({ client_id, user, scope }: Grant) => {
    asked.push([client_id, user?.username, scope])
    return { tenant: 'wonderland' }
  }
  const { app, create } = await createTokenWorld(t, {}, { claims })
  const headers = bearer((await clientToken(app, 'api', ['introspect'])).token)
  const { token } = await create({ scopes: ['reports:read'] })
  asked.length = 0
  t.match((await postForm(app, '/introspect', { token }, headers)).json(), { active: true, tenant: 'wonderland' })
  t.strictSame(asked, [[null, 'alice', ['reports:read']]])
})

t.test('A personal access token is unknown when its resource is no longer in the settings', async t => {
  const { app, config, clock, create } = await createTokenWorld(t)
  const { token } = await create({ resource: reports })
  const later = await build({ config: { ...config, resources: [] }, now: clock.now })
  t.teardown(() => later.close())
  t.ok(await app.personalCaller(token, null))
  t.equal(await later.personalCaller(token, null), undefined)
})

t.test('A failure of the scope decision is not a refusal of a personal access token', async t => {
  const { app, create, config } = await createTokenWorld(t)
  const { token } = await create()
  const caller = createPersonalCaller({
    config,
    personalTokens: app.personalTokens,
    decideScope: () => {
      throw new Error('failed')
    },
    resources: { find: () => ({}) as never }
  })
  await t.rejects(caller(token, null), { message: 'failed' })
})
