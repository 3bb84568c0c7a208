import { setTimeout as sleep } from 'node:timers/promises'
import { type Test, test } from 'tap'
import { password } from '../../test/support/app.ts'
import { type Answer, type Caller, createCaller } from '../../test/support/caller.ts'
import { skipWithoutProgram } from '../support/debian.ts'
import { startNodesBehind } from '../support/nodes.ts'
import { proxies } from '../support/proxy.ts'

const rounds = 3
const pauseMs = 10

/** An action that a client repeats; resolves to the answer, and throws where it could not continue. */
type Work = () => Promise<Answer>

/** Clients that send requests until `stop`, which resolves to the number of requests and of losses by kind. */
function startLoad(works: [name: string, work: Work][]) {
  const counts: Record<string, number> = {}
  const lost: Record<string, number> = {}
  const lose = (how: string) => {
    lost[how] = (lost[how] ?? 0) + 1
  }
  let isOver = false
  const clients = works.map(async ([name, work]) => {
    while (!isOver) {
      counts[name] = (counts[name] ?? 0) + 1
      await work().then(
        ({ status, headers }) => {
          if (status >= 300) lose(`${name}: ${status} from ${headers['x-node'] ?? 'the proxy'}`)
        },
        error => lose(`${name}: ${error.message}`)
      )
      await sleep(pauseMs)
    }
  })
  return {
    async stop() {
      isOver = true
      await Promise.all(clients)
      return { counts, lost }
    }
  }
}

/** Twenty clients, each with its own connection. */
async function createClients(t: Test, url: string): Promise<[string, Work][]> {
  const setUp = createCaller(t, url)
  for (const username of ['alice', 'bob'])
    t.match(await setUp.call('/users', { json: { username, password } }), { status: 201 })
  const { access_token } = (await setUp.logIn()).body
  const tokens: string[] = []
  for (let n = 0; n < 100; n++) {
    const username = `user${n}`
    await setUp.call('/users', { json: { username, password } })
    tokens.push((await setUp.logIn({ username })).body.access_token)
  }

  const kinds: [string, number, (caller: Caller) => Work | Promise<Work>][] = [
    ['GET /users/me', 8, caller => () => caller.get('/users/me', access_token)],
    ['PATCH /users/me', 2, caller => () => change(caller, tokens)],
    ['DELETE a session', 2, caller => () => logOut(caller)],
    // Bob's, because so many logins would end the others of their user.
    ['POST /token, a login', 3, caller => () => caller.logIn({ username: 'bob' })],
    ['POST /token, a chain of refreshes', 5, followChain]
  ]
  const clients: [string, Work][] = []
  for (const [name, count, create] of kinds)
    for (let i = 0; i < count; i++) clients.push([name, await create(createCaller(t, url))])
  return clients
}

let changes = 0
/** Changes one profile after the other, because the changes of each are limited. */
const change = (caller: Caller, tokens: string[]) =>
  caller.call('/users/me', {
    method: 'PATCH',
    json: { full_name: 'Alice' },
    headers: { authorization: `Bearer ${tokens[changes++ % tokens.length]}` }
  })

/** Logs in and out again by DELETE, which a proxy may treat as safe to resend. */
async function logOut(caller: Caller): Promise<Answer> {
  const login = await caller.logIn()
  if (login.status !== 200) return login
  const { access_token } = login.body
  const sessions = await caller.get('/users/me/sessions', access_token)
  if (sessions.status !== 200) return sessions
  const { id } = sessions.body.items.find(({ current }: { current: boolean }) => current)
  return caller.call(`/users/me/sessions/${id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${access_token}` }
  })
}

/** A chain of refreshes: a token that is lost in transit, or used twice, breaks it for good. */
async function followChain(caller: Caller): Promise<Work> {
  let { refresh_token } = (await caller.logIn()).body
  return async () => {
    const answer = await caller.refresh(refresh_token)
    if (answer.status === 200 && answer.body.refresh_token === refresh_token) throw new Error('The chain stands still')
    refresh_token = answer.body.refresh_token ?? refresh_token
    return answer
  }
}

const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, count) => sum + count, 0)

for (const name of proxies) {
  test(`A rolling restart of two nodes behind ${name} loses no request that the proxy could send again`, {
    skip: skipWithoutProgram(name)
  }, async t => {
    const { url, restart } = await startNodesBehind(t, name)
    const load = startLoad(await createClients(t, url))
    const ends: number[] = []
    for (let round = 0; round < rounds; round++) {
      for (const index of [0, 1] as const) {
        const { code, complaints, ready, stopMs } = await restart(index)
        t.strictSame([code, complaints, ready], [0, '', 200], `round ${round + 1}, node ${index + 1}`)
        ends.push(Math.round(stopMs))
      }
    }
    const { counts, lost } = await load.stop()
    t.comment(
      `${name}: ${total(counts)} requests, ${total(lost)} lost; from SIGTERM to exit ${Math.min(...ends)} to ${Math.max(...ends)} ms`
    )
    for (const [kind, count] of Object.entries(counts)) t.comment(`  ${kind}: ${count}`)
    // A node of nginx, which does not ask /readyz, gets requests until its socket closes. Those that arrive in that
    // moment are lost, and nginx sends only GET and HEAD again.
    const isInGap = (kind: string) => name === 'nginx' && /^(POST|PATCH|DELETE).*: 502 from /.test(kind)
    t.strictSame(
      Object.keys(lost).filter(kind => !isInGap(kind)),
      []
    )
    t.ok(total(lost) < total(counts) / 100, JSON.stringify(lost))
  })
}
