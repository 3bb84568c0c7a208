import t from 'tap'
import { build } from '../../../src/app.ts'
import { newPersonalToken } from '../../../src/auth/personal-tokens/token-text.ts'
import { trustedLimit } from '../../../src/auth/throttle/policies.ts'
import { StoreError } from '../../../src/store/errors.ts'
import { metricOf, postForm, withMetrics } from '../../support/app.ts'
import { createTokenWorld, exchangeGrant, personalTokenType } from '../../support/personal-tokens.ts'
import { select } from '../../support/select.ts'

const [first, second, third] = ['127.0.0.1', '198.51.100.1', '2001:db8::1']

t.test('the use of a personal access token', async t => {
  t.test('is recorded at most once an hour, and at once from a new network, with one mail', async t => {
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

  t.test('from a new network is reported once when two nodes see it at the same time', async t => {
    const { app, clock, config, create, client, events, mails } = await createTokenWorld(t)
    const { token } = await create()
    const node = await build({ config, now: clock.now })
    t.teardown(() => node.close())
    const form = { grant_type: exchangeGrant, subject_token: token, subject_token_type: personalTokenType }
    const answers = await Promise.all(
      [app, node, app, node].map(at => postForm(at, '/token', { ...form, client_id: client.id }, {}, second))
    )
    t.strictSame(
      answers.map(({ statusCode }) => statusCode),
      [200, 200, 200, 200]
    )
    t.equal((await events()).length, 2)
    t.strictSame(await mails(), ['token_added', 'token_used'])
  })

  t.test('from two new networks at the same time is reported for each, once', async t => {
    const { app, clock, config, create, client, events, mails } = await createTokenWorld(t)
    const { token } = await create()
    const node = await build({ config, now: clock.now })
    t.teardown(() => node.close())
    let counted = 0
    for (const { throttle } of [app, node]) {
      const { mayRecordPrefix } = throttle
      throttle.mayRecordPrefix = id => {
        counted++
        return mayRecordPrefix(id)
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

  t.test('from a new network is recorded again while others are, until the token is deleted, ten times', async t => {
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

  t.test('from ever new networks is reported a hundred times an hour, and works from all', async t => {
    const { config, create, exchange } = await createTokenWorld(t)
    const { token } = await create()
    for (let n = 0; n < 120; n++) t.equal((await exchange(token, {}, `203.0.${n}.1`)).statusCode, 200)
    const reported = "SELECT count(*) AS n FROM audit WHERE action = 'personal_token.used_elsewhere'"
    t.equal(Number((await select(config.databaseUrl, reported))[0]?.n), 100)
    const [row] = await select(config.databaseUrl, 'SELECT prefixes FROM personal_tokens')
    t.ok(JSON.stringify(row).length < 2000)
  })

  t.test('keeps the fifty networks that were new last', async t => {
    const { clock, config, create, exchange } = await createTokenWorld(t)
    const { token } = await create()
    for (let n = 0; n < 60; n++) {
      await exchange(token, {}, `203.0.${n}.1`)
      clock.advance(3600)
    }
    const [row] = await select(config.databaseUrl, 'SELECT prefixes FROM personal_tokens')
    const kept = JSON.stringify(row)
    t.equal(kept.match(/203\.0\./g)?.length, 50)
    t.notMatch(kept, /203\.0\.9\./)
    t.match(kept, /203\.0\.10\..*203\.0\.59\./)
  })

  t.test('that cannot be recorded succeeds, also when nothing can be written', async t => {
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
})

t.test('ten thousand guesses write nothing and hash no password', async t => {
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
  for (let n = 0; n < 10_000; n++) {
    // Every tenth guess is looked up; the others have a wrong checksum.
    const guess = n % 10 === 0 ? newPersonalToken() : `${token.slice(0, -1)}${token.endsWith('x') ? 'y' : 'x'}`
    const { statusCode } = await exchange(guess)
    if (statusCode !== 400) t.fail(`${guess} was answered ${statusCode}`)
  }
  t.strictSame(await count(), before)
  t.equal((await exchange(token)).statusCode, 200, 'the owner is not locked out')
})

t.test('a token is exchanged 36,000 times an hour in each process, and no other has to wait', async t => {
  const { app, clock, create, exchange } = await createTokenWorld(t, withMetrics)
  const [{ id, token }, other] = [await create(), await create()]
  for (let n = 0; n < trustedLimit; n++) app.throttle.tokenExchange(id)
  const refused = await exchange(token)
  t.equal(refused.statusCode, 429)
  t.match(refused.headers, { 'retry-after': '1' })
  t.match(await metricOf(app, 'sallyport_throttled_total'), 'token-exchange')
  t.equal((await exchange(other.token)).statusCode, 200)
  clock.advance(1)
  t.equal((await exchange(token)).statusCode, 200)
})
