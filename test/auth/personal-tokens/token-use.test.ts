import t from 'tap'
import { build } from '../../../src/app.ts'
import { newPersonalToken } from '../../../src/auth/personal-tokens/token-text.ts'
import { usualCounters } from '../../../src/auth/throttle/policies.ts'
import { StoreError } from '../../../src/store/errors.ts'
import { metricOf, postForm, withMetrics } from '../../support/app.ts'
import { createTokenWorld, exchangeGrant, personalTokenType } from '../../support/personal-tokens.ts'
import { select } from '../../support/select.ts'

const [first, second, third] = ['127.0.0.1', '198.51.100.1', '2001:db8::1']

t.test('The use of a token is recorded once an hour, and at once from a new network, with one mail', async t => {
  const { clock, create, exchange, list, events, mails } = await createTokenWorld(t)
  const { id, token } = await create()
  const created = clock.now()
  clock.advance(60)
  for (let n = 0; n < 3; n++) t.equal((await exchange(token, {}, first)).statusCode, 200)
  const firstUse = new Date(created.getTime() + 60_000).toISOString()
  t.match(await list(), [{ last_used_at: firstUse }])
  t.match(await events(), [{ action: 'personal_token.created' }], 'a use from where it was created is no event')
  clock.advance(3599)
  await exchange(token, {}, first)
  t.match(await list(), [{ last_used_at: firstUse }], 'within the hour')
  clock.advance(1)
  await exchange(token, {}, first)
  const secondUse = new Date(created.getTime() + 3_660_000).toISOString()
  t.match(await list(), [{ last_used_at: secondUse }])

  for (const from of [second, second, '198.51.100.200', third, first]) await exchange(token, {}, from)
  t.match((await events()).slice(1), [
    { action: 'personal_token.used_elsewhere', ip: second, detail: { token: id } },
    { action: 'personal_token.used_elsewhere', ip: third, detail: { token: id } }
  ])
  t.strictSame(await mails(), ['token_added', 'token_used', 'token_used'])
})

t.test('Uses from several new networks at the same time, on two nodes, are reported once for each', async t => {
  const { app, clock, config, create, client, events, mails } = await createTokenWorld(t)
  const { token } = await create()
  const node = await build({ config, now: clock.now })
  t.teardown(() => node.close())
  let counted = 0
  for (const { throttle } of [app, node]) {
    const { isAllowed } = throttle
    throttle.isAllowed = (counter, id) => {
      if (counter === 'token-prefix') counted++
      return isAllowed(counter, id)
    }
  }
  const form = { grant_type: exchangeGrant, subject_token: token, subject_token_type: personalTokenType }
  const from = [first, second, third, '203.0.113.9']
  const answers = await Promise.all(
    from.map((ip, n) => postForm(n % 2 ? app : node, '/token', { ...form, client_id: client.id }, {}, ip))
  )
  t.ok(answers.every(({ statusCode }) => statusCode === 200))
  const elsewhere = (await events()).filter(({ action }) => action === 'personal_token.used_elsewhere')
  t.strictSame(elsewhere.map(({ ip }) => ip).sort(), from.slice(1).sort())
  t.strictSame(await mails(), ['token_added', 'token_used', 'token_used', 'token_used'])
  t.equal(counted, 3)
})

t.test('A use from a new network is recorded again while others are, ten times or until a deletion', async t => {
  const { app, call, create, exchange, list, events } = await createTokenWorld(t)
  const { id, token } = await create()
  const { use } = app.db.personalTokens
  let tries = 0
  app.db.personalTokens.use = async () => {
    tries++
    return false
  }
  await exchange(token, {}, second)
  t.equal(tries, 10)
  app.db.personalTokens.use = async (...change) => {
    await call('DELETE', `/users/me/tokens/${id}`)
    return use(...change)
  }
  t.equal((await exchange(token, {}, third)).statusCode, 200)
  t.strictSame(await list(), [])
  t.notOk((await events()).some(({ action }) => action === 'personal_token.used_elsewhere'))
})

t.test('Uses from ever new networks are reported a hundred times an hour, and all work', async t => {
  const { app, create, exchange, events } = await createTokenWorld(t)
  const { id, token } = await create()
  for (let n = 0; n < 98; n++) t.equal(await app.throttle.isAllowed('token-prefix', id), true)
  for (let n = 0; n < 4; n++) t.equal((await exchange(token, {}, `203.0.${n}.1`)).statusCode, 200)
  t.match((await events()).slice(1), [{ ip: '203.0.0.1' }, { ip: '203.0.1.1' }])
  t.equal((await events()).length, 3)
})

t.test('A token keeps the fifty networks that were new last', async t => {
  const { app, config, create, exchange } = await createTokenWorld(t)
  const { token } = await create()
  app.throttle.isAllowed = async () => true
  for (let n = 0; n < 52; n++) await exchange(token, {}, `203.0.${n}.1`)
  const [row] = await select(config.databaseUrl, 'SELECT prefixes FROM personal_tokens')
  const kept = JSON.stringify(row)
  t.equal(kept.match(/203\.0\./g)?.length, 50)
  t.notMatch(kept, /203\.0\.1\./)
  t.match(kept, /203\.0\.2\..*203\.0\.51\./)
})

t.test('A use that cannot be recorded succeeds, also when nothing can be written', async t => {
  const { app, create, exchange, list } = await createTokenWorld(t)
  const { token } = await create()
  const full = async () => {
    throw new StoreError('unavailable', 'disk full', 'SQLITE_FULL')
  }
  app.db.personalTokens.use = full
  app.db.throttle.take = full
  for (const from of [first, second]) t.equal((await exchange(token, {}, from)).statusCode, 200)
  t.match(await list(), [{ last_used_at: null }])
})

t.test('Guesses of tokens write nothing and hash no password', async t => {
  const { app, config, exchange, create } = await createTokenWorld(t)
  const { token } = await create()
  const count = async () =>
    Promise.all(
      ['audit', 'throttle', 'personal_tokens', 'sessions', 'mail'].map(async table =>
        Number((await select(config.databaseUrl, `SELECT count(*) AS n FROM ${table}`))[0]?.n)
      )
    )
  const before = await count()
  app.passwords.takeTurn = () => {
    throw new Error('a turn of the hash queue')
  }
  for (let n = 0; n < 20; n++) {
    // Every other guess is looked up; the others have a wrong checksum.
    const guess = n % 2 === 0 ? newPersonalToken() : `${token.slice(0, -1)}${token.endsWith('x') ? 'y' : 'x'}`
    const { statusCode } = await exchange(guess)
    if (statusCode !== 400) t.fail(`${guess} was answered ${statusCode}`)
  }
  t.strictSame(await count(), before)
  t.equal((await exchange(token)).statusCode, 200, 'the owner is not locked out')
})

t.test('A token is exchanged 36,000 times an hour in each process, and no other has to wait', async t => {
  const { app, clock, create, exchange } = await createTokenWorld(t, withMetrics)
  const [{ id, token }, other] = [await create(), await create()]
  for (let n = 0; n < usualCounters.trusted.policy.most; n++) await app.throttle.take('trusted', ['token', id])
  const refused = await exchange(token)
  t.equal(refused.statusCode, 429)
  t.match(refused.headers, { 'retry-after': '1' })
  t.match(await metricOf(app, 'sallyport_throttled_total'), 'trusted')
  t.equal((await exchange(other.token)).statusCode, 200)
  clock.advance(1)
  t.equal((await exchange(token)).statusCode, 200)
})
