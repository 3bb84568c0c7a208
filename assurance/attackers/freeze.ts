import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { password } from '../../test/support/app.ts'
import type { Attempt } from './attacker.ts'

const aim = 'freeze'
const connections = 60
const form = { grant_type: 'password', username: 'mallory', password }
const served = [200, 429, 503]

/** The longest body that is read. */
const bodyBytes = 16 * 1024
/** No refusal of such a body is longer. */
const mostAnswerBytes = 8 * 1024

const fit = (open: string, part: (index: number) => string, close: string) => {
  let body = open
  for (let index = 0; body.length + 24 < bodyBytes; index++) body += part(index)
  return body + close
}

const wrongBodies = [
  fit('{"a":1', index => `,"${index.toString(36)}":1`, '}'),
  fit('{"username":"x"', index => `,"${index}":[[]]`, '}'),
  fit('{"full_name":[0', () => ',0', ']}'),
  '['.repeat(8000) + ']'.repeat(8000),
  `${'{"a":'.repeat(2700)}1${'}'.repeat(2700)}`,
  '['.repeat(bodyBytes - 1),
  fit('"', () => 'a', '"')
]

/** Attempts to keep the server from serving others. */
export const freezeAttempts: Attempt[] = [
  {
    aim,
    name: `log in to the own account with ${connections} connections from one prefix`,
    async run({ ask, many, stranger }) {
      const from = stranger()
      const end = performance.now() + 1500
      await many(connections, connections, async () => {
        while (performance.now() < end) await ask('/token', { form, from, expect: served })
      })
    }
  },
  {
    aim,
    name: `log in to the own account with ${connections} connections from as many prefixes`,
    async run({ ask, many, stranger }) {
      const end = performance.now() + 1500
      await many(connections, connections, async () => {
        const from = stranger()
        while (performance.now() < end) await ask('/token', { form, from, expect: served })
      })
    }
  },
  {
    aim,
    name: 'send the longest bodies with thousands of faults, and deep ones',
    async run({ ask, logIn, many }) {
      const { access_token: token } = await logIn()
      await many(300, 16, async index => {
        const body = String(wrongBodies[index % wrongBodies.length])
        const answer = await (index % 2
          ? ask('/users', { method: 'POST', body, expect: [400] })
          : ask('/users/me', { method: 'PATCH', body, token, expect: [400] }))
        if (answer.body.length > mostAnswerBytes) throw new Error(`the answer has ${answer.body.length} bytes`)
      })
    }
  },
  {
    aim,
    name: 'send the longest forms with thousands of parameters',
    run: ({ ask, many }) =>
      many(200, 16, index =>
        ask('/token', {
          form: index % 2 ? '&a'.repeat(8000) : Array.from({ length: 1500 }, (_, n) => `p${n}=%20`).join('&')
        })
      )
  },
  {
    aim,
    name: 'read the activity with filters that match hardly anything',
    async run({ ask, logIn, many, random }) {
      const { access_token: token } = await logIn()
      await many(300, 16, async index => {
        const before = Date.now() - random.below(1e9)
        const cursor = Buffer.from(`${before}.${random.below(1e6)}`).toString('base64url')
        const query = index % 3 ? 'action=user.deleted' : `action=x${index}&cursor=${cursor}`
        await ask(`/users/me/activity?limit=100&${query}`, { token, expect: [200, 429, 503] })
      })
    }
  },
  {
    aim,
    name: 'have as many sessions as possible, and list them all the time',
    async run({ ask, logIn, many, stranger }) {
      const from = stranger()
      await many(120, 4, () => ask('/token', { form, from, expect: served }))
      const { access_token: token } = await logIn()
      await many(200, 16, async () => {
        const { status, json } = await ask('/users/me/sessions', { token, expect: [200, 503] })
        if (status === 200 && json.items?.length > 100) throw new Error(`${json.items.length} sessions`)
      })
    }
  },
  {
    aim,
    name: `keep ${connections} connections that never end a request`,
    async run({ world, ask }) {
      const { port } = new URL(world.next())
      const sockets = Array.from({ length: connections }, () => connect(Number(port), '127.0.0.1'))
      for (const socket of sockets) {
        socket.on('error', () => {})
        socket.write('POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\nContent-Type: application/')
      }
      for (let tick = 0; tick < 10; tick++) {
        for (const socket of sockets) if (socket.writable) socket.write('a')
        await sleep(100)
        await ask('/livez', { expect: [200] })
      }
      for (const socket of sockets) socket.destroy()
    }
  }
]
