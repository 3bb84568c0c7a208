import { readFileSync } from 'node:fs'
import type { Test } from 'tap'
import { accountWays } from './account-ways.ts'
import { administrationWays } from './administration-ways.ts'
import { challengeWays } from './challenge-ways.ts'
import { factorWays } from './factor-ways.ts'
import { identityWays } from './identity-ways.ts'
import { attackOn, isOfPrefix, type Limit, nameOf, prefixes } from './limits.ts'
import { linkWays } from './link-ways.ts'
import { loginWays } from './login-ways.ts'
import { type Meter, startMeter } from './meter.ts'
import { tokenWays } from './token-ways.ts'
import { createWriteWorld, type Way, type Ways, type WriteWorld } from './world.ts'

// One table names every way to write with its counter, for every route that may change something. Each way is attacked:
// at one moment, until its counter refuses, or for a minute of the app's clock, from one address prefix and from many.

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

interface Running {
  world: WriteWorld
  meter: Meter
  isLong: boolean
}

/** Attacks `route` in this way from one address prefix, or from many. Resolves to the limits that did not hold. */
async function attack({ world, meter, isLong }: Running, route: string, way: Way, from: 'one' | 'many') {
  const limit = way[from] as Limit
  const { clock, send, stranger } = world
  const ask = await way.ask(world)
  const isOfFew = from === 'many' && isOfPrefix(limit)
  const few = way.from ? [way.from] : Array.from({ length: from === 'one' ? 1 : prefixes }, stranger)
  const times = isOfFew ? prefixes : 1
  const { requests, seconds, most: mostOfOne, spare } = attackOn(limit, isLong)
  const statuses = new Map<number, number>()
  let used = 0
  const measured = await meter.measure(async answered => {
    for (let index = 0; index < (requests - used) * times; index++) {
      const address = from === 'one' || isOfFew ? String(few[index % few.length]) : stranger()
      const { statusCode } = await send(address, route, await ask(index))
      statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1)
      await answered()
      if (spare > 0 && used === 0) used = await meter.useUp(nameOf(limit), spare, { many: times, now: clock.now() })
      clock.advance(seconds / times)
    }
  })
  // Everything is forgiven before the next attack.
  clock.advance(7200)
  const { wrote, bytes, messages, hashes, counters } = measured
  const most = times * (mostOfOne - used)
  const faults = {
    'too many requests wrote': wrote > most,
    'the way does not write': wrote === 0 && most > 0,
    'too many bytes': bytes > wrote * bytesPerWrite,
    'too many hashes': hashes > most * hashesPerWrite,
    'too many messages': messages > (way.messages ? attackOn(way.messages, isLong).most : most * messagesPerWrite),
    'an answer was 500': statuses.has(500),
    'the counter has refused nothing': typeof limit === 'string' && !counters.includes(limit)
  }
  return Object.entries(faults)
    .filter(([, isFault]) => isFault)
    .map(([fault]) => {
      const what = `${route}, ${way.name}, from ${from}: ${nameOf(limit)}`
      return `${what}: ${fault}: ${JSON.stringify(measured)} of at most ${most}, ${JSON.stringify([...statuses])}`
    })
}

/**
 * Attacks every route that may change something, in every way that the table has. A short attack comes from one
 * address prefix, and from many where they have another counter; a long one comes from both.
 */
export async function assertNoRouteIsFree(
  t: Test,
  { isLong = false, databaseUrl, part: [part, parts] = [0, 1] }: LongAttack = {}
) {
  const world = await createWriteWorld(t, databaseUrl === undefined ? {} : { databaseUrl })
  const meter = await startMeter(t, world.app, world.config.databaseUrl)
  const { routes, gets, send, stranger } = world

  const named = new Set(Object.keys(ways))
  const add = 'add to test/support/writes how they write, and which counter bounds it'
  t.strictSame(
    [...routes].filter(route => !named.has(route)),
    [],
    `routes that are not in the table: ${add}`
  )
  t.strictSame(
    [...named].filter(route => !routes.has(route)),
    [],
    'routes of the table that do not exist'
  )

  const faults: string[] = []
  const all = Object.entries(ways).flatMap(([route, found]) => found.map(way => [route, way] as const))
  for (const [route, way] of all.filter((_, at) => at % parts === part)) {
    const isOther = typeof way.many === 'string' && way.many !== way.one
    for (const from of ['one', 'many'] as const)
      if (way[from] !== undefined && (isLong || from === 'one' || isOther))
        faults.push(...(await attack({ world, meter, isLong }, route, way, from)))
  }
  t.strictSame(faults, [], 'every counter holds')
  if (parts === 1)
    t.strictSame(
      credentials().filter(parameter => !world.sent.has(parameter)),
      [],
      `parameters and grants that no way sends: ${add}`
    )

  const { id, token } = await world.administrator()
  const [{ token: other }, { id: client }] = [await world.person(), await world.client()]
  const unsafe: [url: string, measured: object][] = []
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
    if (Object.values(measured).some(value => (Array.isArray(value) ? value.length : value) !== 0))
      unsafe.push([url, measured])
  }
  t.strictSame(unsafe, [], 'no GET writes, hashes or sends a message')
  t.ok(gets.size > 20, `${gets.size} routes`)
}

/** The parameters and grants at the two endpoints where logins begin, without those that show nothing. */
function credentials(): string[] {
  const { components } = JSON.parse(readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'))
  const showsNothing =
    /^(actor_token|audience|resource|requested_token_type|dpop_jkt|code_challenge_method|nonce|acr_values|max_age)/
  return [
    ['POST /token', 'TokenRequest'],
    ['POST /authorize-challenge', 'AuthorizationChallengeRequest']
  ].flatMap(([route, title = '']) => {
    const { properties } = components.schemas[title]
    const grants: string[] = properties.grant_type?.enum ?? []
    const names = Object.keys(properties).filter(name => !showsNothing.test(name))
    return [...names, ...grants.map(grant => `grant_type=${grant}`)].map(name => `${route} ${name}`)
  })
}

interface LongAttack {
  isLong?: boolean
  databaseUrl?: string
  /** Which of how many parts of the ways, because a test has a time limit. */
  part?: readonly [part: number, parts: number]
}
