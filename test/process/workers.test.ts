import { test } from 'tap'
import { bearer, password } from '../support/app.ts'
import { createCli } from '../support/cli.ts'
import { anyEngine, databaseUrl } from '../support/engines.ts'
import { startWorkers, workersOf } from '../support/workers.ts'

/** A request on its own connection, since connections go to the workers in turn. */
const get = (url: string, token: string) => fetch(url, { headers: { ...bearer(token), connection: 'close' } })

async function logIn(url: string): Promise<{ access_token: string; refresh_token: string }> {
  const body = new URLSearchParams({ grant_type: 'password', username: 'alice', password })
  return (await (await fetch(`${url}/token`, { method: 'POST', body })).json()) as never
}

const statuses = (answers: Response[]) => answers.map(({ status }) => status)
const eight = <T>(run: () => T): T[] => Array.from({ length: 8 }, run)

test('Two workers share sessions, their metrics are summed, and the URL is printed once', async t => {
  const { child, exit, env, url, metricsUrl, out, pid } = await startWorkers(t, {})
  t.equal(workersOf(pid).length, 2)
  await createCli(t, env).sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const tokens = await logIn(url)
  const me = () => get(`${url}/users/me`, tokens.access_token)
  t.strictSame(statuses(await Promise.all(eight(me))), Array(8).fill(200))

  const form = (token: string) => ({ method: 'POST', body: new URLSearchParams({ token }) })
  t.equal((await fetch(`${url}/revoke`, form(tokens.refresh_token))).status, 200)
  t.strictSame(statuses(await Promise.all(eight(me))), Array(8).fill(401), 'at the next request, on both workers')

  const metrics = await (await fetch(metricsUrl)).text()
  const count = (status: number) =>
    Number(
      metrics.match(
        new RegExp(`^http_request_duration_seconds_count.*route="/users/me",status="${status}"} (\\d+)$`, 'm')
      )?.[1]
    )
  t.strictSame([count(200), count(401)], [8, 8], 'metrics are the sum of both workers')
  t.match(metrics, /^sallyport_sessions \d/m)

  child.kill('SIGTERM')
  t.strictSame(await exit, [0, null])
  t.equal(out.text().match(/listens on/g)?.length, 1, 'prints its URL once')
})

test('Every busy worker rejects a revoked session, and a disabled user, at the next request', async t => {
  const isSqlite = anyEngine === 'sqlite'
  const { env, url } = await startWorkers(
    t,
    isSqlite ? {} : { DATABASE_URL: await databaseUrl(t), SECRET: 's'.repeat(32) }
  )
  await createCli(t, env).sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const busy = await logIn(url)
  let [isDone, mayBeRefused, served] = [false, false, 0]
  const load = Array.from({ length: 2 }, async () => {
    while (!isDone) {
      const answer = await fetch(`${url}/users/me`, { headers: bearer(busy.access_token) })
      await answer.arrayBuffer()
      if (answer.status !== 200 && !mayBeRefused) throw new Error(`the busy login got ${answer.status}`)
      served++
    }
  })
  for (let round = 0; round < 4; round++) {
    const { access_token } = await logIn(url)
    const me = () => get(`${url}/users/me`, access_token)
    t.strictSame(statuses(await Promise.all(eight(me))), Array(8).fill(200))
    await fetch(`${url}/revoke`, { method: 'POST', body: new URLSearchParams({ token: access_token }) })
    t.strictSame(statuses(await Promise.all(eight(me))), Array(8).fill(401))
  }
  const { access_token } = await logIn(url)
  t.equal((await get(`${url}/users/me`, access_token)).status, 200)
  mayBeRefused = true
  await createCli(t, env).sallyport(['users', 'update', 'alice', '--disable'])
  isDone = true
  await Promise.all(load)
  t.ok(served > 0)
  const gone = await Promise.all(eight(() => get(`${url}/users/me`, access_token)))
  t.strictSame(statuses(gone), Array(8).fill(401), 'a user disabled by another process')
})
