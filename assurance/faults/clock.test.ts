import { type Test, test } from 'tap'
import { createTestClock } from '../../src/testing/clock.ts'
import { createUser, password } from '../../test/support/app.ts'
import { databaseUrl, engines } from '../../test/support/engines.ts'
import { call, figures, logInAt } from '../../test/support/faults.ts'
import { startServer } from '../../test/support/server.ts'

// The clock of a process cannot differ from the machine's, so the jumps come through `now`, the source of all of the
// server's times. Waits and time-outs use a clock that does not jump.

const hour = 3600

/** A server on a socket whose clock follows the machine's clock, and jumps when told. */
async function startJumping(t: Test, engine: (typeof engines)[number]) {
  const { now, advance: jump } = createTestClock()
  const settings = {
    databaseUrl: await databaseUrl(t, engine),
    sessionTtl: 4 * hour,
    refreshTokenTtl: 2 * hour,
    limits: ['login=1000000']
  }
  const server = await startServer(t, { ...settings, keyRotation: 30 * 60, trustProxy: ['127.0.0.1'] }, now)
  await createUser(server.app)
  const { url } = server
  const refresh = (refresh_token: string) =>
    call(`${url}/token`, { form: { grant_type: 'refresh_token', refresh_token } })
  return {
    ...server,
    now,
    refresh,
    jump,
    me: (token: string) => call(`${url}/users/me`, { token }),
    tryPassword: (guess: string, from = '127.0.0.1') =>
      call(`${url}/token`, { form: { grant_type: 'password', username: 'alice', password: guess }, from }),
    session: async (token: string) => {
      const { items } = (await call(`${url}/users/me/sessions`, { token })).json as { items: Record<string, string>[] }
      return items.find(item => item.current) as Record<string, string>
    }
  }
}

type Jumping = Awaited<ReturnType<typeof startJumping>>

async function refreshed(t: Test, { refresh }: Jumping, token: string, name: string) {
  const { status, json } = await refresh(token)
  t.equal(status, 200, name)
  return json as { access_token: string; refresh_token: string }
}

const invalid = { status: 400, json: { error: 'invalid_grant' } }

for (const engine of engines) {
  test(`a clock jump ends no session and extends none (${engine})`, async t => {
    const server = await startJumping(t, engine)
    const first = await logInAt(server.url, 'alice', password)
    const before = await server.session(first.access_token)

    server.jump(-hour)
    t.equal((await server.me(first.access_token)).status, 200, 'a token from the future works')
    const second = await refreshed(t, server, first.refresh_token, 'a session from the future continues')
    t.equal((await server.me(second.access_token)).status, 200)
    const back = await server.session(second.access_token)
    t.equal(back.expires_at, before.expires_at, 'its expiry is unchanged')
    t.equal(back.idle_expires_at, before.idle_expires_at, 'its idle expiry is unchanged')
    const past = await logInAt(server.url, 'alice', password)
    t.equal((await server.me(past.access_token)).status, 200, 'new logins work')

    server.jump(hour)
    t.equal((await server.me(first.access_token)).status, 200, 'it works until its exp, by the corrected clock')
    t.equal((await server.me(second.access_token)).status, 401, 'a token issued in the past has expired')
    const third = await refreshed(t, server, second.refresh_token, 'its session has not ended')
    const forth = await server.session(third.access_token)
    t.equal(forth.expires_at, before.expires_at)
    t.ok(Date.parse(String(forth.idle_expires_at)) <= server.now().getTime() + 2 * hour * 1000, 'and is not extended')
    t.equal(
      (await refreshed(t, server, past.refresh_token, 'the other session has not ended')).access_token !== '',
      true
    )

    server.jump(hour)
    const ahead = await refreshed(t, server, third.refresh_token, 'it continues an hour ahead')
    server.jump(-hour)
    const after = await server.session(ahead.access_token)
    t.equal(after.expires_at, before.expires_at, 'its expiry is unchanged after a jump ahead')
    server.jump(hour)
    let latest = ahead
    for (let times = 0; times < 2; times++) {
      server.jump(1.45 * hour)
      latest = await refreshed(t, server, latest.refresh_token, 'until its expiry')
    }
    server.jump(0.2 * hour)
    t.match(await server.refresh(latest.refresh_token), invalid, 'it ends at its expiry')
    t.equal((await server.me(latest.access_token)).status, 401)
    figures(t, `clock back and forth by an hour (${engine})`, '6 jumps', 0, 'at once')
  })

  test(`a repeated refresh token ends no session after the clock was set back (${engine})`, async t => {
    const server = await startJumping(t, engine)
    const first = await logInAt(server.url, 'alice', password)
    const second = await refreshed(t, server, first.refresh_token, 'a refresh')
    server.jump(-hour)
    t.match(await server.refresh(first.refresh_token), invalid, 'the previous token is refused')
    t.equal((await server.me(second.access_token)).status, 200, 'the session stays')
    const third = await refreshed(t, server, second.refresh_token, 'the newest token works')
    server.jump(hour)
    t.match(await server.refresh(second.refresh_token), invalid, 'an hour later it is a replay')
    t.equal((await server.me(third.access_token)).status, 401, 'which ends the session')
  })

  test(`no request waits for a clock that was set back to catch up (${engine})`, async t => {
    const server = await startJumping(t, engine)
    const { tryPassword, jump } = server
    await logInAt(server.url, 'alice', password)
    const attacker = '198.51.100.7'
    let guesses = 0
    for (; guesses < 30; guesses++) if ((await tryPassword('a wrong guess', attacker)).status === 429) break
    t.ok(guesses >= 10 && guesses < 30, 'the attacker is throttled')
    t.equal((await tryPassword(password)).status, 200, 'the owner is not')
    for (const seconds of [-hour, -24 * hour]) {
      jump(seconds)
      t.equal((await tryPassword(password)).status, 200, 'the owner logs in')
      t.equal((await tryPassword(password, attacker)).status, 200, 'also from the address that was throttled')
    }
    jump(25 * hour)
    t.equal((await tryPassword(password)).status, 200)
    figures(t, `throttle, clock back by an hour and a day (${engine})`, `${guesses} failures before`, 0, 'at once')
  })

  test(`keys are published, used and rotated despite clock jumps (${engine})`, async t => {
    const server = await startJumping(t, engine)
    const { app, url, jump } = server
    const signs = async () => {
      const { access_token } = await logInAt(url, 'alice', password)
      t.equal((await server.me(access_token)).status, 200, 'the token is accepted')
      const { kid } = JSON.parse(String(Buffer.from(String(access_token.split('.')[0]), 'base64url')))
      const { json } = await call(`${url}/.well-known/jwks.json`)
      const published = (json as { keys: { kid: string }[] }).keys.map(key => key.kid)
      t.ok(published.includes(kid), 'its key is published')
      return { kid, published: published.length }
    }
    const first = await signs()
    jump(-hour)
    await app.keys.maintain()
    t.same(await signs(), first, 'a key from the future signs')
    jump(2 * hour)
    await app.keys.maintain()
    t.same(await signs(), { kid: first.kid, published: 2 }, 'an old key gets a published successor')
    jump(-hour)
    await app.keys.maintain()
    t.same(await signs(), { kid: first.kid, published: 2 })
    jump(hour + 321)
    await app.keys.maintain()
    const next = await signs()
    t.not(next.kid, first.kid, 'the new key signs')
    jump(-hour)
    await app.keys.maintain()
    t.equal((await signs()).published >= 2, true, 'after another jump back, tokens still verify')
    figures(t, `key rotation, clock back and forth (${engine})`, '5 jumps, 6 logins', 0, 'at once')
  })
}
