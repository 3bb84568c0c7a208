import fc from 'fast-check'
import { decodeJwt } from 'jose'
import t from 'tap'
import { builtInScopes } from '../../src/auth/scopes.ts'
import { basic, createApp, createUser, password, postForm } from '../support/app.ts'
import { anyEngine } from '../support/engines.ts'
import { createPkce } from '../support/pkce.ts'
import { enrol } from '../support/second-factor.ts'

// Drives every grant and every step in random order, with scopes withdrawn and given back in between. However a token
// was obtained, its scope has nothing that its account or its client lacks when it is issued, that was not asked for,
// or that the login did not begin with.

const names = ['me', 'orders:read', 'orders:write', 'users:read']
const scopes = fc.subarray(names, { minLength: 1 })
const asked = fc.option(scopes, { nil: undefined, freq: 1 })
/** One of the latest. */
const which = fc.constantFrom(-1, -1, -1, -2, -3)

type Command =
  | { do: 'user has'; scopes: string[] }
  | { do: 'client has'; scopes: string[] }
  | { do: 'password'; scope: string[] | undefined }
  | { do: 'begin'; scope: string[] | undefined }
  | { do: 'own'; scope: string[] | undefined }
  | { do: 'refresh'; scope: string[] | undefined; which: number; age?: string }
  | { do: 'show'; which: number }
  | { do: 'redeem'; which: number }

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('user has' as const, 'client has' as const), scopes }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('password' as const), scope: asked }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('begin' as const), scope: asked }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('own' as const), scope: asked }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('refresh' as const), scope: asked, which }) },
  // A step-up.
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('refresh' as const), scope: asked, which, age: fc.constant('0') })
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('show' as const), which }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('redeem' as const), which }) }
)

/** Every way to a token once, which random commands need not take. */
const everyWay: Command[] = [
  { do: 'begin', scope: names },
  { do: 'show', which: -1 },
  { do: 'redeem', which: -1 },
  { do: 'own', scope: undefined },
  { do: 'refresh', scope: names, which: -1 },
  { do: 'refresh', scope: names, which: -1, age: '0' },
  { do: 'show', which: -1 },
  { do: 'redeem', which: -1 }
]

/** A login: its latest refresh token, and the scopes that it began with. */
interface Login {
  refreshToken: string
  began: string[]
}

/** An unfinished login or step-up, and what was asked for. */
interface Step {
  token: string
  asked: string[] | undefined
  login: Login | undefined
}

const privileged = new Set<string>(Object.keys(builtInScopes).filter(name => name !== 'me'))

t.test('No grant and no step issues a scope that the account or the client lacks now', async t => {
  const world = await createApp(t, { limits: ['login=1000000', 'refresh=1000000'] })
  const { app, clock } = world
  const { id } = await createUser(app, 'alice', names)
  const { code } = await enrol(world)
  const { client, secret } = await app.clientAdmin.create({
    name: 'shop',
    confidential: true,
    grants: ['password', 'refresh_token', 'authorization_code', 'client_credentials'],
    scopes: names
  })
  const headers = basic(client.id, String(secret))
  const { challenge, code_verifier } = createPkce()
  const issued = new Set<string>()

  async function play(commands: Command[]) {
    let [ofUser, ofClient] = [names, names]
    await app.userAdmin.update(id, { scopes: names }, {})
    await app.clientAdmin.update(client.id, { scopes: names }, {})
    const [logins, open, codes]: [Login[], Step[], Step[]] = [[], [], []]

    /** Checks a token response; `began` has the scopes of its login, and is absent for a login that begins now. */
    function check(answer: Record<string, string>, how: string, wanted: string[] | undefined, began?: string[]) {
      if (answer.access_token === undefined) {
        t.match(answer.error, /^(invalid_scope|insufficient_authorization|invalid_grant|invalid_session)$/)
        return undefined
      }
      issued.add(how)
      const scope = String(decodeJwt(answer.access_token).scope).split(' ')
      const limits = how === 'own' ? [ofClient] : [ofUser, ofClient]
      for (const list of [...limits, began, wanted])
        if (list && scope.some(name => !list.includes(name)))
          throw new Error(`${how}: ${scope} is more than ${list}, of ${ofUser} and ${ofClient}`)
      if (wanted === undefined && began === undefined && scope.some(name => privileged.has(name)))
        throw new Error(`${how}: ${scope} was not asked for`)
      return scope
    }

    const send = async (path: string, form: Record<string, string | undefined>) => {
      const given = Object.entries(form).filter(([, value]) => value !== undefined) as [string, string][]
      return (await postForm(app, path, Object.fromEntries(given), headers)).json() as Record<string, string>
    }

    async function run(command: Command) {
      if (command.do === 'user has') {
        ofUser = command.scopes
        await app.userAdmin.update(id, { scopes: ofUser }, {})
      } else if (command.do === 'client has') {
        ofClient = command.scopes
        await app.clientAdmin.update(client.id, { scopes: ofClient }, {})
      } else if (command.do === 'own') {
        const answer = await send('/token', { grant_type: 'client_credentials', scope: command.scope?.join(' ') })
        check(answer, 'own', command.scope)
      } else if (command.do === 'password') {
        clock.advance(30)
        const form = { grant_type: 'password', username: 'alice', password, otp: code() }
        const answer = await send('/token', { ...form, scope: command.scope?.join(' ') })
        const began = check(answer, 'password', command.scope)
        if (began) logins.push({ refreshToken: String(answer.refresh_token), began })
      } else if (command.do === 'begin') {
        const form = { response_type: 'code', username: 'alice', password, ...challenge }
        const answer = await send('/authorize-challenge', { ...form, scope: command.scope?.join(' ') })
        open.push({ token: String(answer.auth_session), asked: command.scope, login: undefined })
      } else if (command.do === 'show') {
        const step = open.at(command.which)
        if (!step) return
        clock.advance(30)
        const form = { auth_session: step.token, otp: code(), ...challenge }
        const { authorization_code } = await send('/authorize-challenge', form)
        if (authorization_code !== undefined) codes.push({ ...step, token: authorization_code })
      } else if (command.do === 'redeem') {
        const step = codes.at(command.which)
        if (!step) return
        const answer = await send('/token', { grant_type: 'authorization_code', code: step.token, code_verifier })
        const scope = check(answer, step.login ? 'step-up' : 'code', step.asked, step.login?.began)
        if (!scope) return
        if (step.login) step.login.refreshToken = String(answer.refresh_token)
        else logins.push({ refreshToken: String(answer.refresh_token), began: scope })
      } else {
        const login = logins.at(command.which)
        if (!login) return
        const form = { grant_type: 'refresh_token', refresh_token: login.refreshToken }
        const scope = command.scope?.join(' ')
        const answer = await send('/token', { ...form, scope, max_age: command.age })
        if (answer.auth_session !== undefined) open.push({ token: answer.auth_session, asked: command.scope, login })
        else if (check(answer, 'refresh', command.scope, login.began)) login.refreshToken = String(answer.refresh_token)
        clock.advance(1)
      }
    }
    for (const command of [{ do: 'password' as const, scope: names }, ...commands]) await run(command)
  }

  await play(everyWay)
  t.strictSame([...issued].sort(), ['code', 'own', 'password', 'refresh', 'step-up'], 'every way was taken')
  await fc.assert(fc.asyncProperty(fc.array(command, { minLength: 20, maxLength: 60, size: 'max' }), play), {
    numRuns: anyEngine === 'sqlite' ? 10 : 5
  })
})
