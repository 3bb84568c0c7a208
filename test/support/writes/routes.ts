import type { Test } from 'tap'
import { accountWays } from './account-ways.ts'
import { administrationWays } from './administration-ways.ts'
import { challengeWays } from './challenge-ways.ts'
import { factorWays } from './factor-ways.ts'
import { identityWays } from './identity-ways.ts'
import { attack, isOfPrefix, type Limit, mostOf, nameOf, prefixes, requestsOf, standsStill } from './limits.ts'
import { linkWays } from './link-ways.ts'
import { loginWays } from './login-ways.ts'
import { type Meter, startMeter } from './meter.ts'
import { tokenWays } from './token-ways.ts'
import { createWriteWorld, type Way, type Ways, type WriteWorld } from './world.ts'

// One table names every way to write with its counter, for every route that may change something. Each way is attacked
// for a minute of the app's clock, from one address prefix and from many.

/** `POST /setup` first, while there is no administrator. */
const ways: Ways = {
  ...administrationWays,
  ...loginWays,
  ...challengeWays,
  ...accountWays,
  ...linkWays,
  ...factorWays,
  ...tokenWays,
  ...identityWays
}

/** The most bytes of one request that writes: with ten recovery codes, or a profile. */
const bytesPerWrite = 6000
/** The most hashes of one request: the current password and the new one. */
const hashesPerWrite = 2
/** The most messages of one request: to the old address and the new one. */
const messagesPerWrite = 2

/** Attacks `route` in this way from one address prefix, or from many, and asserts that its limit holds. */
async function assertLimited(t: Test, { world, meter }: Running, route: string, way: Way, from: 'one' | 'many') {
  const limit = way[from] as Limit
  const { clock, send, stranger } = world
  const ask = await way.ask(world)
  const isOfFew = from === 'many' && isOfPrefix(limit)
  const few = way.from ? [way.from] : Array.from({ length: from === 'one' ? 1 : prefixes }, stranger)
  const requests = requestsOf(limit) * (isOfFew ? prefixes : 1)
  const step = standsStill(limit) ? 0 : attack.seconds / requests
  const statuses = new Map<number, number>()
  const measured = await meter.measure(async answered => {
    for (let index = 0; index < requests; index++) {
      const address = from === 'one' || isOfFew ? String(few[index % few.length]) : stranger()
      const { statusCode } = await send(address, route, await ask(index))
      statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1)
      await answered()
      clock.advance(step)
    }
  })
  // Everything is forgiven before the next attack.
  clock.advance(7200)
  const times = isOfFew ? prefixes : 1
  const { wrote, bytes, messages, hashes, counters } = measured
  const most = times * mostOf(limit)
  const mostMessages = way.messages ? mostOf(way.messages) : most * messagesPerWrite
  const told = `${JSON.stringify(measured)} of at most ${most}, ${JSON.stringify([...statuses])}`
  t.ok(wrote <= most, `${wrote} requests wrote: ${told}`)
  t.ok(wrote > 0 || most === 0, `the way writes: ${told}`)
  t.ok(bytes <= wrote * bytesPerWrite, `${bytes} bytes: ${told}`)
  t.ok(hashes <= most * hashesPerWrite, `${hashes} hashes: ${told}`)
  t.ok(messages <= mostMessages, `${messages} messages: ${told}`)
  t.notOk(statuses.has(500), 'no answer was 500')
  if (typeof limit === 'string') t.ok(counters.includes(limit), `${limit} has refused: ${told}`)
}

interface Running {
  world: WriteWorld
  meter: Meter
}

/** Attacks every route that may change something. Each engine has a test file, because a file has a time limit. */
export async function assertNoRouteIsFree(t: Test) {
  const world = await createWriteWorld(t)
  const meter = await startMeter(t, world.app, world.config.databaseUrl)
  const running = { world, meter }

  t.test('the table names every route that may write, and no other', async t => {
    for (const route of world.routes)
      t.ok(
        ways[route],
        `${route} is in the table: add to test/support/writes how it writes, and which counter bounds it`
      )
    for (const route of Object.keys(ways))
      t.ok(world.routes.has(route), `${route} exists: remove it from test/support/writes if the route is gone`)
  })

  for (const [route, found] of Object.entries(ways))
    t.test(`${route} writes no more than its counters allow`, async t => {
      for (const way of found)
        for (const from of ['one', 'many'] as const)
          if (way[from] !== undefined)
            await t.test(`${way.name}, from ${from}: ${nameOf(way[from])}`, t =>
              assertLimited(t, running, route, way, from)
            )
    })

  t.test('no GET writes, hashes or sends a message', async t => {
    const { app, gets, send, stranger } = world
    const { id, token } = await world.administrator()
    const [{ token: other }, { id: client }] = [await world.person(), await world.client()]
    for (const url of gets) {
      const path = { id: url.startsWith('/clients') ? client : id, '*': 'index.html' }
      const query = /verify-email|undo|reset-password/.test(url) ? `?token=${'x'.repeat(43)}` : ''
      const measured = await meter.measure(async answered => {
        for (const given of [undefined, 'x', other, token, token]) {
          const route = `GET ${url.replace('*', ':*')}${query}`
          await send(stranger(), route, { path, ...(given !== undefined && { token: given }) })
          await answered()
        }
      })
      t.strictSame(measured, { wrote: 0, bytes: 0, messages: 0, hashes: 0, counters: [] }, url)
    }
    t.ok(gets.size > 20 && app, `${gets.size} routes`)
  })
}
