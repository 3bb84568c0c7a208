import { isDeepStrictEqual } from 'node:util'
import { eq } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { createAuditEvents } from '../../src/auth/audit-events.ts'
import { createRefreshTokenGrant } from '../../src/auth/grants/refresh-token.ts'
import { createLoginAttempts } from '../../src/auth/login-attempt.ts'
import { createSessionRefresh } from '../../src/auth/sessions/refresh.ts'
import { createRefreshTokens } from '../../src/auth/sessions/refresh-tokens.ts'
import type { Sessions } from '../../src/auth/sessions/sessions.ts'
import { OAuthError } from '../../src/base/errors.ts'
import { openStore, type Store } from '../../src/store/open.ts'
import type { SessionRow } from '../../src/store/sessions.ts'
import { createClock } from '../../test/support/clocks.ts'
import { type EngineName, engines } from '../../test/support/engines.ts'
import { at, createStore, event, newSession, newUser, openEngine, sessionRow } from '../../test/support/store.ts'
import { grace } from './refresh.ts'
import { type Action, walks } from './walks.ts'

// Replays walks of the model: the refresh grant runs on two nodes, each with a store of its own, and the test decides
// which node sends its next statement to the database.

const graceSeconds = 30
const stepSeconds = graceSeconds / grace
const jkt = 'the thumbprint'
const attempts = createLoginAttempts({
  throttle: { giveBack: async () => {} },
  dpop: { spend: async () => {}, explain: async (error: unknown) => error }
} as unknown as Parameters<typeof createLoginAttempts>[0])
const refreshTokens = createRefreshTokens({ secret: 'a secret of the test that is long enough' })

/** A node whose statements wait until the test lets each run. */
function createNode(store: Store, now: () => Date, refreshGrace: number) {
  let release = () => {}
  let arrive = () => {}
  const gated =
    <A extends unknown[], R>(run: (...args: A) => Promise<R>) =>
    async (...args: A) => {
      await new Promise<void>(resolve => {
        release = resolve
        arrive()
      })
      return run(...args)
    }
  const { withUser, rotate, end, ...rest } = store.sessions
  const sessions = { ...rest, withUser: gated(withUser), rotate: gated(rotate), end: gated(end) }
  const refresh = createSessionRefresh({
    store: sessions as typeof store.sessions,
    config: { refreshTokenTtl: 1e6, refreshGrace, dpop: 'optional' },
    throttle: { isAllowed: async () => false },
    auditEvents: createAuditEvents({ now }),
    record: async () => {},
    onUnrecorded: error => {
      throw error
    },
    now,
    sharedNow: now
  })
  const grant = createRefreshTokenGrant({
    sessions: refresh as Sessions,
    refreshTokens,
    decideAccess: async () => ({ scope: [], audience: 'an API', claims: {} }),
    throttle: { take: async () => {} },
    now,
    onRefresh: () => {}
  } as unknown as Parameters<typeof createRefreshTokenGrant>[0])

  let proofs = 0
  let call: Promise<number | 'refused'> | undefined
  /** Resolves when the next statement of the call waits. */
  const settle = () =>
    new Promise<undefined>(resolve => {
      arrive = () => resolve(undefined)
    })
  return {
    /** Sends a refresh token, and resolves when its first statement waits. */
    async send(token: string, key: string | undefined) {
      const waits = settle()
      const proof = key === undefined ? undefined : { jkt: key, id: `proof:${token}:${proofs++}`, expiresAt: at(1e6) }
      const client = { id: 'first-party', confidential: false }
      const request = { client, context: { ip: '192.0.2.1' }, scope: undefined, resource: undefined, target: {} }
      call = attempts
        .run({ proof }, attempt =>
          grant.run({ grant_type: 'refresh_token', refresh_token: token }, { ...request, attempt } as never)
        )
        .then(
          ({ session }) => session.counter,
          error => {
            if (error instanceof OAuthError && error.code === 'invalid_grant') return 'refused'
            throw error
          }
        )
      await waits
    },

    /** Runs the statement that waits; the answer of the call, or `undefined` when it waits with another. */
    async advance() {
      const waits = settle()
      release()
      return await Promise.race([waits, call])
    }
  }
}

/** Replays all walks, until the grant and the model differ. Resolves to the number of steps, and to the difference. */
async function replay(t: Test, engine: EngineName, { bound = false, refreshGrace = graceSeconds }) {
  const { url, store } = await createStore(t, engine)
  const other = await openStore(url, () => {})
  t.teardown(() => other.close())
  const clock = createClock()
  const nodes = [store, other].map(of => createNode(of, clock.now, refreshGrace))
  const { db, schema } = openEngine(t, url)
  const user = newUser()
  await store.users.insert(user, event('user.created'))
  const old = () => new Date(clock.now().getTime() - (grace + 1) * stepSeconds * 1000)

  let steps = 0
  // On PostgreSQL every third, because a statement takes several times as long.
  for (const walk of walks(bound).filter((_walk, index) => engine === 'sqlite' || index % 3 === 0)) {
    const lasting = { jkt: bound ? jkt : null, expiresAt: at(1e8), idleExpiresAt: at(1e7), rotatedAt: old() }
    const session = newSession(user.id, lasting)
    await db.insert(schema.sessions).values(sessionRow(session))
    const { id } = session
    const where = eq(schema.sessions.id, id)
    const rowNow = async () => (await db.select().from(schema.sessions).where(where))[0] as SessionRow

    /** Does what the action says; resolves to the answer that a call got. */
    async function perform(action: Action) {
      if (action.do === 'advance') return await nodes[action.node]?.advance()
      if (action.do === 'send') {
        const token = refreshTokens.encode({ sessionId: id, counter: action.token, isBound: bound })
        await nodes[action.node]?.send(token, bound && action.hasKey ? jkt : undefined)
      }
      if (action.do === 'wait') clock.advance(stepSeconds)
      if (action.do === 'end') await store.sessions.end({ id }, clock.now(), event('session.ended'))
      if (action.do === 'restore') {
        const changed = { counter: (await rowNow()).counter - 1, rotatedAt: old() }
        await db.update(schema.sessions).set(changed).where(where)
      }
      return undefined
    }

    for (const [index, { action, after, answer }] of walk.entries()) {
      steps++
      const given = await perform(action)
      const { counter, rotatedAt, revokedAt } = await rowNow()
      const age = Math.min((clock.now().getTime() - rotatedAt.getTime()) / 1000 / stepSeconds, grace + 1)
      const found = { given, row: { counter, age, isLive: revokedAt === null } }
      const expected = { given: answer, row: after.row }
      if (!isDeepStrictEqual(found, expected))
        return { steps, difference: { found, expected, way: walk.slice(0, index + 1) } }
    }
    // Calls that still wait are let through.
    for (const [node, call] of (walk.at(-1)?.after.calls ?? []).entries())
      if (call) while ((await nodes[node]?.advance()) === undefined);
  }
  return { steps, difference: undefined }
}

for (const engine of engines)
  for (const bound of [false, true])
    t.test(
      `The grant does each step of ${bound ? 'bound' : 'other'} tokens as the model does, on ${engine}`,
      async t => {
        const { steps, difference } = await replay(t, engine, { bound })
        t.equal(difference, undefined, JSON.stringify(difference))
        t.ok(steps > 1500, `${steps} steps`)
      }
    )

t.test('The replay finds a grace that is shorter or longer than that of the model', async t => {
  for (const refreshGrace of [graceSeconds - 1, graceSeconds + stepSeconds]) {
    const { difference } = await replay(t, 'sqlite', { refreshGrace })
    t.equal(difference?.way.at(-1)?.action.do, 'advance')
  }
})
