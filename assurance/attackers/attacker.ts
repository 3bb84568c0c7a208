import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { enrolAudience, enrolScope } from '../../src/auth/scopes.ts'
import { basic, bearer, password } from '../../test/support/app.ts'
import type { createRandom } from '../../test/support/faults.ts'
import { linkIn, recipientOf } from '../../test/support/mail-server.ts'
import { issuer, orders, type World } from './world.ts'

/** What an attempt is for. */
export type Aim = 'another account' | 'a factor' | 'a scope' | 'a withdrawn right' | 'freeze' | 'fill'

/** One thing that the attacker tries. It rejects when the server gives in. */
export interface Attempt {
  aim: Aim
  name: string
  run(attacker: Attacker): Promise<void>
}

interface Request {
  method?: string
  form?: Record<string, string> | string
  json?: unknown
  /** The body as it is, as JSON. */
  body?: string
  token?: string | undefined
  headers?: Record<string, string>
  /** The address of the client; by default one that nothing has come from. */
  from?: string
  expect?: readonly number[]
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
  // biome-ignore lint/suspicious/noExplicitAny: as with inject's own json(), the tests say what it is
  json: any
}

/** The statuses of a refusal; the limits answer 429, and a full queue 503. */
export const refusal = [400, 401, 403, 404, 405, 409, 413, 415, 429, 503]

const mayHave = new Set(['me', 'orders:read'])

/** The claims of a JWT, unverified. */
export const claimsOf = (token: string) => JSON.parse(Buffer.from(String(token.split('.')[1]), 'base64url').toString())

/**
 * The attacker's connections, and what they have won. An answer fails the attempt when its status is not expected, when
 * it has a token of another account, a scope or an audience that mallory does not have, or when a success names alice
 * or root.
 */
export function createAttacker(t: Test, world: World, random: ReturnType<typeof createRandom>) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  t.teardown(() => agent.destroy())
  /** The subjects whose tokens the attacker may have. */
  const own = new Set([world.ids.mallory, world.ids.puppet, world.api.id])
  const others = [world.ids.alice, world.ids.root]
  let [prefixes, sent] = [random.below(1 << 14), 0]

  /** An address at a prefix that nothing has come from: IPv4, and sometimes IPv6. */
  function stranger() {
    const number = prefixes++
    const last = 1 + random.below(250)
    return number % 5 === 0
      ? `2001:db8:${(number >> 6).toString(16)}:${(number & 63).toString(16)}::${last}`
      : `100.${64 + ((number >> 8) & 63)}.${number & 255}.${last}`
  }

  async function transmit(path: string, { method, form, json, body, token, headers, from = stranger() }: Request) {
    const payload = form
      ? typeof form === 'string'
        ? form
        : String(new URLSearchParams(form))
      : (body ?? (json === undefined ? undefined : JSON.stringify(json)))
    const type = form ? 'application/x-www-form-urlencoded' : 'application/json'
    const out = request(`${world.next()}${path}`, {
      agent,
      method: method ?? (payload === undefined ? 'GET' : 'POST'),
      headers: {
        'x-forwarded-for': from,
        ...(payload === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(payload) }),
        ...(token === undefined ? {} : bearer(token)),
        ...headers
      }
    })
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      out.once('response', resolve).once('error', reject).end(payload)
    })
    return { status: Number(answer.statusCode), headers: answer.headers, body: await text(answer) }
  }

  function assertHarmless(json: Record<string, unknown>, all: string) {
    if (typeof json.access_token === 'string') {
      const { sub, scope, aud } = claimsOf(json.access_token)
      if (!own.has(sub)) throw new Error(`a token of ${sub}`)
      const canOnlyEnrol = aud === enrolAudience && scope === enrolScope
      const more = scope.split(' ').find((name: string) => name !== '' && !mayHave.has(name))
      if (more !== undefined && !canOnlyEnrol) throw new Error(`the scope ${more}`)
      if (aud !== issuer && aud !== orders && !canOnlyEnrol) throw new Error(`the audience ${aud}`)
    }
    const named = others.find(id => all.includes(id))
    if (named !== undefined) throw new Error(`the account ${named === world.ids.root ? 'root' : 'alice'}`)
  }

  async function ask(path: string, given: Request = {}): Promise<Answer> {
    const { expect = refusal } = given
    sent++
    const answer = await transmit(path, given)
    const { status, headers, body } = answer
    const asked = `${given.method ?? ''} ${path.slice(0, 200)} ${JSON.stringify(given.form ?? given.json ?? '').slice(0, 200)}`
    if (!expect.includes(status)) throw new Error(`${asked} was answered with ${status}: ${body.slice(0, 300)}`)
    const json = /json/.test(headers['content-type'] ?? '') ? JSON.parse(body) : {}
    try {
      if (status < 300) assertHarmless(json, JSON.stringify(headers) + body)
    } catch (error) {
      throw new Error(`${asked} won ${(error as Error).message}`)
    }
    return { ...answer, json }
  }

  /** Tokens of mallory, from an address that nothing has come from; again while the queue is full. */
  async function logIn(form: Record<string, string> = {}) {
    for (let tries = 0; ; tries++) {
      const answer = await ask('/token', {
        form: { grant_type: 'password', username: 'mallory', password, ...form },
        expect: [200, 503]
      })
      if (answer.status === 200 || tries === 20)
        return answer.json as { access_token: string; refresh_token: string; scope: string }
      await sleep(100)
    }
  }

  const attacker = {
    world,
    random,
    own,
    stranger,
    ask,
    logIn,
    refresh: (refresh_token: string, more: Record<string, string> = {}, expect: readonly number[] = [200]) =>
      ask('/token', { form: { grant_type: 'refresh_token', refresh_token, ...more }, expect }),
    asApi: basic(world.api.id, world.api.secret),
    /** The number of requests so far. */
    sent: () => sent,

    /** Runs `count` of the attacker's requests, at most `width` at once. */
    async many(count: number, width: number, one: (index: number) => Promise<unknown>) {
      let next = 0
      const work = async () => {
        while (next < count) await one(next++)
      }
      await Promise.all(Array.from({ length: width }, work))
    },

    /** The token in the next message to `address` whose subject matches; `undefined` when none arrives in time. */
    async link(address: string, subject: RegExp, seconds = 20): Promise<string | undefined> {
      for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(50)) {
        const index = world.messages.findIndex(
          message => recipientOf(message).includes(address) && subject.test(String(message.subject))
        )
        if (index >= 0) return linkIn(world.messages.splice(index, 1)[0]).token
      }
      return undefined
    },

    /** A further account of the attacker, which an administrator has made, with these scopes. */
    async recruit(scopes = ['me'], email?: string) {
      const username = `recruit${random.below(1e9)}`
      const { id } = await world.administer('POST', '/users', { username, password, ...(email && { email }) })
      own.add(String(id))
      await world.administer('PATCH', `/users/${id}`, { scopes })
      return { id: String(id), username }
    }
  }
  return attacker
}

export type Attacker = ReturnType<typeof createAttacker>
