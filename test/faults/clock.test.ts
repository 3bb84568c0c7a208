import { type Test, test } from 'tap'
import { createUser, password } from '../support/app.ts'
import { databaseUrl, engines } from '../support/engines.ts'
import { call, figures, logIn } from '../support/faults.ts'
import { startServer } from '../support/server.ts'

// The clock of a process cannot differ from the machine's, so the jumps come through `now`, the source of all of the
// server's times. Waits and time-outs use a clock that does not jump.

const hour = 3600

/** A server on a socket whose clock follows the machine's clock, and jumps when told. */
async function startJumping(t: Test, engine: (typeof engines)[number]) {
  let offset = 0
  const now = () => new Date(Date.now() + offset * 1000)
  const settings = { databaseUrl: await databaseUrl(t, engine), sessionTtl: 4 * hour, refreshTokenTtl: 2 * hour }
  const server = await startServer(t, { ...settings, keyRotation: 30 * 60, trustProxy: ['127.0.0.1'] }, now)
  await createUser(server.app)
  const { url } = server
  const refresh = (refresh_token: string) =>
    call(`${url}/token`, { form: { grant_type: 'refresh_token', refresh_token } })
  return {
    ...server,
    now,
    refresh,
    jump: (seconds: number) => {
      offset += seconds
    },
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
  test(`a clock that jumps ends no login and extends none (${engine})`, async t => {
    const server = await startJumping(t, engine)
    const first = await logIn(server.url, 'alice', password)
    const before = await server.session(first.access_token)

    server.jump(-hour)
    t.equal((await server.me(first.access_token)).status, 200, 'a token from the future works')
    const second = await refreshed(t, server, first.refresh_token, 'a login from the future goes on')
    t.equal((await server.me(second.access_token)).status, 200)
    const back = await server.session(second.access_token)
    t.equal(back.expires_at, before.expires_at, 'it ends when it would have ended')
    t.equal(back.idle_expires_at, before.idle_expires_at, 'and going back has not cost it any idle time')
    const past = await logIn(server.url, 'alice', password)
    t.equal((await server.me(past.access_token)).status, 200, 'logging in goes on')

    server.jump(hour)
    t.equal(
      (await server.me(first.access_token)).status,
      200,
      'it lives until its own exp, and the clock is right again'
    )
    t.equal((await server.me(second.access_token)).status, 401, 'a token of the past has expired')
    const third = await refreshed(t, server, second.refresh_token, 'its login has not ended')
    const forth = await server.session(third.access_token)
    t.equal(forth.expires_at, before.expires_at)
    t.ok(Date.parse(String(forth.idle_expires_at)) <= server.now().getTime() + 2 * hour * 1000, 'nor is it extended')
    t.equal((await refreshed(t, server, past.refresh_token, 'nor has the other')).access_token !== '', true)

    server.jump(hour)
    const ahead = await refreshed(t, server, third.refresh_token, 'an hour ahead it goes on')
    server.jump(-hour)
    const after = await server.session(ahead.access_token)
    t.equal(after.expires_at, before.expires_at, 'however far it was ahead, it ends when it would have ended')
    server.jump(hour)
    let latest = ahead
    for (let times = 0; times < 2; times++) {
      server.jump(1.45 * hour)
      latest = await refreshed(t, server, latest.refresh_token, 'until then')
    }
    server.jump(0.2 * hour)
    t.match(await server.refresh(latest.refresh_token), invalid, 'and then it does')
    t.equal((await server.me(latest.access_token)).status, 401)
    figures(t, `clock back and forth by an hour (${engine})`, '6 jumps', 0, 'at once')
  })

  test(`only a correct clock tells a replay from a retry; one that was set back does not end the session (${engine})`, async t => {
    const server = await startJumping(t, engine)
    const first = await logIn(server.url, 'alice', password)
    const second = await refreshed(t, server, first.refresh_token, 'a refresh')
    server.jump(-hour)
    t.match(await server.refresh(first.refresh_token), invalid, 'the one before is refused')
    t.equal((await server.me(second.access_token)).status, 200, 'and the login lives on')
    const third = await refreshed(t, server, second.refresh_token, 'the newest is taken')
    server.jump(hour)
    t.match(await server.refresh(second.refresh_token), invalid, 'an hour later a use of it is a replay')
    t.equal((await server.me(third.access_token)).status, 401, 'which ends the login')
  })

  test(`after a clock jumps back, no request waits for it to catch up (${engine})`, async t => {
    const server = await startJumping(t, engine)
    const { tryPassword, jump } = server
    await logIn(server.url, 'alice', password)
    const attacker = '198.51.100.7'
    let guesses = 0
    for (; guesses < 30; guesses++) if ((await tryPassword('a wrong guess', attacker)).status === 429) break
    t.ok(guesses >= 10 && guesses < 30, 'an attacker has to wait')
    t.equal((await tryPassword(password)).status, 200, 'the owner has not')
    for (const seconds of [-hour, -24 * hour]) {
      jump(seconds)
      t.equal((await tryPassword(password)).status, 200, 'the owner logs in')
      t.equal((await tryPassword(password, attacker)).status, 200, 'and elsewhere, where somebody had to wait')
    }
    jump(25 * hour)
    t.equal((await tryPassword(password)).status, 200)
    figures(t, `throttle, clock back by an hour and a day (${engine})`, `${guesses} failures before`, 0, 'at once')
  })

  test(`keys are still published, used and rotated when the clock jumps (${engine})`, async t => {
    const server = await startJumping(t, engine)
    const { app, url, jump } = server
    const signs = async () => {
      const { access_token } = await logIn(url, 'alice', password)
      t.equal((await server.me(access_token)).status, 200, 'what is signed is accepted')
      const { kid } = JSON.parse(String(Buffer.from(String(access_token.split('.')[0]), 'base64url')))
      const { json } = await call(`${url}/.well-known/jwks.json`)
      const published = (json as { keys: { kid: string }[] }).keys.map(key => key.kid)
      t.ok(published.includes(kid), 'and its key is published')
      return { kid, published: published.length }
    }
    const first = await signs()
    jump(-hour)
    await app.keys.maintain()
    t.same(await signs(), first, 'a key from the future signs')
    jump(2 * hour)
    await app.keys.maintain()
    t.same(await signs(), { kid: first.kid, published: 2 }, 'an old key is replaced, after a time')
    jump(-hour)
    await app.keys.maintain()
    t.same(await signs(), { kid: first.kid, published: 2 })
    jump(hour + 301)
    await app.keys.maintain()
    const next = await signs()
    t.not(next.kid, first.kid, 'the new key signs')
    jump(-hour)
    await app.keys.maintain()
    t.equal((await signs()).published >= 2, true, 'and back again, one of the two does')
    figures(t, `key rotation, clock back and forth (${engine})`, '5 jumps, 6 logins', 0, 'at once')
  })
}
