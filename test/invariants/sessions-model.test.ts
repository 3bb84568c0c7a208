import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { bearer, createApp, createUser, logIn, postForm } from '../support/app.ts'
import { anyEngine } from '../support/engines.ts'

// Compares the server with a model of three logins of one user; each client may lose answers. The model knows only
// which tokens were sent to a client, and when; it has no rows or counters.

const grace = 30
const idle = 3600
const absolute = 5000
const accessTtl = 600

type Command =
  | { do: 'refresh'; who: number }
  | { do: 'lose the answer'; who: number }
  /** Sends an old token, now or around the end of its grace time; `back` is the number of tokens issued after it. */
  | { do: 'replay'; who: number; back: number; when: 'now' | 'last second' | 'too late' }
  | { do: 'revoke'; who: number }
  | { do: 'revoke by access token'; who: number }
  | { do: 'disable' }
  | { do: 'wait'; seconds: number }
  /** Waits until the last second at which it works, or with `past` until the first at which it does not. */
  | { do: 'wait for the edge'; of: 'grace' | 'access' | 'idle' | 'absolute'; who: number; past: boolean }

const who = fc.nat({ max: 2 })
const edge = fc.constantFrom(
  'grace' as const,
  'grace' as const,
  'access' as const,
  'idle' as const,
  'absolute' as const
)
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('refresh' as const), who }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('lose the answer' as const), who }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('replay' as const),
      who,
      back: fc.constantFrom(1, 1, 2, 3),
      when: fc.constantFrom('now' as const, 'last second' as const, 'too late' as const)
    })
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revoke' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revoke by access token' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('disable' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(1, 10, 1000) }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('wait for the edge' as const), of: edge, who, past: fc.boolean() })
  }
)

/** The state of one login in the model. */
interface Login {
  /** Every refresh token that the server issued for it, oldest first, whether or not the answer arrived. */
  made: string[]
  /** The last refresh token that the client received. */
  holds: string
  access: string
  accessUntil: number
  rotatedAt: number
  idleUntil: number
  until: number
  over: boolean
}

async function play(
  app: FastifyInstance,
  clock: { now(): Date; advance(seconds: number): void },
  username: string,
  commands: Command[]
) {
  const seconds = () => Math.floor(clock.now().getTime() / 1000)
  let disabled = false

  async function begin(): Promise<Login> {
    const { access_token, refresh_token } = await logIn(app, { username })
    const now = seconds()
    return {
      made: [refresh_token],
      holds: refresh_token,
      access: access_token,
      accessUntil: now + accessTtl,
      rotatedAt: now,
      idleUntil: now + idle,
      until: now + absolute,
      over: false
    }
  }

  const user = await createUser(app, username)
  const logins = [await begin(), await begin(), await begin()]
  const isLive = (login: Login) => !disabled && !login.over && seconds() < Math.min(login.idleUntil, login.until)

  /** Sends a refresh token and compares the answer with the model; `arrives`: whether the client receives it. */
  async function send(login: Login, token: string, arrives: boolean): Promise<string | undefined> {
    const current = login.made.at(-1)
    const isCurrent = token === current
    const isRetry = token === login.made.at(-2) && seconds() - login.rotatedAt <= grace
    const expected = isLive(login) && (isCurrent || isRetry)
    const answer = await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token: token })
    const body = answer.json()
    if (!expected) {
      // A replay ends the login.
      if (isLive(login)) login.over = true
      if (answer.statusCode !== 400 || body.error !== 'invalid_grant') return `kept in: ${answer.body}`
      return undefined
    }
    if (answer.statusCode !== 200) return `logged out: ${answer.body}`
    if (isRetry && body.refresh_token !== current) return 'a retry was given another token than the answer it missed'
    if (isCurrent) {
      if (login.made.includes(body.refresh_token)) return 'a token was made twice'
      login.made.push(body.refresh_token)
      login.rotatedAt = seconds()
      login.idleUntil = Math.min(seconds() + idle, login.until)
    }
    if (arrives) {
      login.holds = body.refresh_token
      login.access = body.access_token
      login.accessUntil = Math.min(seconds() + accessTtl, login.until)
    }
    return undefined
  }

  for (const [step, command] of commands.entries()) {
    const login = 'who' in command ? (logins[command.who] as Login) : undefined
    let wrong: string | undefined
    if (command.do === 'wait') clock.advance(command.seconds)
    if (login && command.do === 'wait for the edge') {
      const firstOver = {
        grace: login.rotatedAt + grace + 1,
        access: login.accessUntil,
        idle: login.idleUntil,
        absolute: login.until
      }[command.of]
      clock.advance(Math.max(0, firstOver - (command.past ? 0 : 1) - seconds()))
    }
    if (command.do === 'disable') {
      await app.userAdmin.update(user.id, { disabled: true }, {})
      disabled = true
    }
    if (login && command.do === 'refresh') {
      // An honest client that lost the answer to a refresh logs in again once the grace time is over.
      const isHonest = login.holds === login.made.at(-1) || seconds() - login.rotatedAt <= grace
      if (isHonest) wrong = await send(login, login.holds, true)
      else if (!disabled) Object.assign(login, await begin())
    }
    if (login && command.do === 'lose the answer') {
      if (login.holds === login.made.at(-1) || seconds() - login.rotatedAt <= grace) {
        wrong = await send(login, login.holds, false)
      }
    }
    if (login && command.do === 'replay') {
      const ends = Math.max(0, login.rotatedAt + grace - seconds())
      if (command.when !== 'now') clock.advance(command.when === 'last second' ? ends : ends + 1)
      const stolen = login.made.at(-1 - command.back)
      if (stolen !== undefined) wrong = await send(login, stolen, false)
    }
    if (login && (command.do === 'revoke' || command.do === 'revoke by access token')) {
      const token = command.do === 'revoke' ? login.holds : login.access
      const works = command.do === 'revoke' || seconds() < login.accessUntil
      const answer = await postForm(app, '/revoke', { token })
      if (answer.statusCode !== 200) wrong = `revocation: ${answer.body}`
      if (works) login.over = true
    }

    for (const [i, { access, accessUntil, over, until }] of logins.entries()) {
      const answer = await app.inject({ url: '/users/me', headers: bearer(access) })
      const works = !disabled && !over && seconds() < Math.min(accessUntil, until)
      if ((answer.statusCode === 200) !== works)
        wrong ??= `access token of login ${i}: ${answer.statusCode}, not ${works}`
    }
    if (wrong) throw new Error(`step ${step} (${JSON.stringify(command)}): ${wrong}`)
  }
}

t.test('No sequence ends the session of an honest client or keeps a revoked one alive (RFC 9700 §4.14.2)', async t => {
  const numRuns = { sqlite: 20, postgres: 10 }[anyEngine]
  const settings = { refreshGrace: grace, refreshTokenTtl: idle, sessionTtl: absolute, accessTokenTtl: accessTtl }
  const { app, clock } = await createApp(t, { ...settings, keyRotation: 0 })
  let runs = 0
  const property = fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 25 }), async commands => {
    await play(app, clock, `alice${runs++}`, commands)
  })
  await fc.assert(property, { numRuns, seed: 20_260_131 })
  t.ok(runs >= numRuns, `${runs} sequences`)
})
