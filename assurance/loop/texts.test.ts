import type { FastifySchema, HTTPMethods, InjectOptions } from 'fastify'
import t, { type Test } from 'tap'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'
import { bearer, createVerifiedUser, password } from '../../test/support/app.ts'
import { databaseUrl } from '../../test/support/engines.ts'
import { exchange } from '../../test/support/identities.ts'
import { personalTokenType } from '../../test/support/personal-tokens.ts'
import { exampleOf, type Shape, textPlaces } from '../../test/support/text-places.ts'
import { createWriteWorld } from '../../test/support/writes/world.ts'
import { worstTexts } from './worst-texts.ts'

/** What fits into a body (16 KiB) or, percent-encoded, into a head (8 KiB) beside the rest, in bytes of UTF-8. */
const bytes = { body: 15_500, head: 2500 }
/**
 * The most processor time of a request, and the most beyond that of letters, in milliseconds: twice what a quiet
 * machine takes for the worst. Marks that are all sorted take fifty and more.
 */
const [mostMs, mostMoreMs, tries] = [20, 10, 5]

const formType = 'application/x-www-form-urlencoded'
/** A text at one place of a request: who sends it where, and the request. */
type Sent = [name: string, request: InjectOptions]

/** An app with an account and a login of each kind, and the requests of a route with one text at each place. */
async function createTextWorld(t: Test) {
  const world = await createWriteWorld(t, { databaseUrl: await databaseUrl(t, 'sqlite') })
  const { app, schemas, pkce } = world
  const { id } = await createVerifiedUser(app)
  const setUp = (await app.setupLinks.create()).split('=')[1]
  const reset = await world.link(id, 'reset_password', 'reset_password')
  const { username } = await world.enrolled()
  const { auth_session } = await world.begin({ username, password })
  const administrator = await world.administrator({ isFresh: true })
  const bodyOf = (route: string) => schemas.get(route)?.body as Shape | undefined
  /** What leads to code that a form with every example does not reach. */
  const forms: Record<string, object[]> = {
    'POST /token': [
      ...(bodyOf('POST /token')?.properties?.grant_type?.enum ?? []).map(grant_type => ({ grant_type })),
      exchange,
      { ...exchange, subject_token_type: personalTokenType }
    ],
    'POST /authorize-challenge': [{ auth_session }, { response_type: 'code', factor: 'email_code', ...pkce }]
  }

  function bodies(route: string, text: string, isForm: boolean): Sent[] {
    const body = bodyOf(route)
    if (!body) return []
    const token = /reset/.test(route) ? { token: reset } : /setup/.test(route) ? { token: setUp } : {}
    const bases = [exampleOf(body), ...(forms[route] ?? [exampleOf(body, false)])].map(base => ({ ...base, ...token }))
    return bases.flatMap(base =>
      textPlaces(body, base, text).map(([name, value]): Sent => {
        // As it is: percent-encoding would leave room for a third of the text.
        const form = Object.entries(value).map(([name, value]) => `${name}=${String(value).replaceAll(' ', '+')}`)
        const payload = isForm ? form.join('&') : JSON.stringify(value)
        const headers = { 'content-type': isForm ? formType : 'application/json' }
        return [`${name} beside ${Object.keys(base)}`, { payload, headers }]
      })
    )
  }

  /** The requests of `route` with `text` in each member of its body, or in each parameter of its head. */
  function requestsOf(route: string, text: string, place: keyof typeof bytes): Sent[] {
    const schema = schemas.get(route) as FastifySchema & { security?: object[] }
    const [method, pattern] = route.split(' ') as [HTTPMethods, string]
    // The router takes no more than 100 characters for a parameter of a path.
    const url = pattern.replace(/:(\w+)/g, administrator.id)
    const isForm = schema.consumes?.includes(formType) === true || schema.hide === true
    const query = schema.querystring as Shape | undefined
    const sent =
      place === 'body'
        ? bodies(route, text, isForm)
        : textPlaces(query ?? {}, exampleOf(query), text).map(
            ([name, value]): Sent => [`?${name}`, { query: value as Record<string, string> }]
          )
    const { security = [] } = schema
    const logins = security.length === 0 ? [false] : security.map(one => 'password' in one)
    return [...new Set(logins)].flatMap(isLoggedIn =>
      sent.map(
        ([name, request]): Sent => [
          `${route}, ${isLoggedIn ? 'logged in' : 'anyone'}, ${name}`,
          { method, url, ...request, headers: { ...request.headers, ...(isLoggedIn && bearer(administrator.token)) } }
        ]
      )
    )
  }
  return { ...world, administrator, requestsOf }
}

t.test(
  'No text in a member or parameter takes the processor longer than letters, with a login or without (threat model, Overload)',
  async t => {
    const { app, config, schemas, administrator, requestsOf } = await createTextWorld(t)
    const database = openDatabase(config.databaseUrl.slice('sqlite:'.length))
    t.teardown(() => database.close())
    const answers = new Map<string, Set<number>>()

    /** The processor time of a request in milliseconds, with empty counters, which would keep it from the work. */
    async function costOf(route: string, request: InjectOptions) {
      database.exec('DELETE FROM throttle')
      const before = process.cpuUsage()
      const { statusCode } = await app.inject(request)
      const { user, system } = process.cpuUsage(before)
      answers.set(route, (answers.get(route) ?? new Set()).add(statusCode))
      return (user + system) / 1000
    }

    const slow: string[] = []
    for (const route of schemas.keys())
      for (const place of route.startsWith('HEAD ') ? [] : (['body', 'head'] as const))
        for (const [kind, text] of Object.entries(worstTexts(bytes[place]))) {
          const letters = 'a'.repeat(Buffer.byteLength(text))
          for (const [index, [name, request]] of requestsOf(route, text, place).entries()) {
            let [worst, best, left] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, tries]
            // The least of a few, because the garbage collector and the timers of the app have their turns too.
            while ((worst > mostMs || worst > best + mostMoreMs) && left-- > 0) {
              worst = Math.min(worst, await costOf(route, request))
              if (worst <= mostMoreMs) break
              const [, control] = requestsOf(route, letters, place)[index] as Sent
              best = Math.min(best, await costOf(route, control))
            }
            if (left < 0) slow.push(`${name}: ${kind} take ${worst.toFixed(1)} ms, letters ${best.toFixed(1)} ms`)
          }
        }
    t.strictSame(slow, [])
    t.ok(answers.size > 40, `${answers.size} routes have a place for text`)
    const stopped = [413, 415, 429, 500, 503]
    const unread = [...answers].filter(([, statuses]) => stopped.some(status => statuses.has(status)))
    t.strictSame(unread, [], 'nothing is refused before its text is read')
    const me = await app.inject({ url: '/users/me', headers: bearer(administrator.token) })
    t.equal(me.statusCode, 200, 'the login worked until the end')
  }
)
