import { basic, password } from '../../test/support/app.ts'
import { wrongPassword } from '../../test/support/guess.ts'
import type { Attacker, Attempt } from './attacker.ts'
import { registrationLimit } from './world.ts'

const aim = 'fill'

/** The bytes that a request may add which the server has accepted, or has counted as a failure. */
const bytesPerWrite = 3072
/** The bytes that pages, and rows of other clients, may add to any number of requests, for each node. */
const slackBytes = 256 * 1024

/**
 * Makes `flood`, which resolves to the number of requests that may have written, and rejects when the database has
 * grown by more than these may write.
 */
async function bounded({ world }: Attacker, flood: () => Promise<number>) {
  const before = await world.size()
  const writes = await flood()
  const growth = (await world.size()) - before
  const most = writes * bytesPerWrite + world.programs.length * slackBytes
  if (growth > most) throw new Error(`${writes} writes added ${growth} bytes, more than ${most}`)
}

/** Sends `count` requests and resolves to the number of those with another status than 429. */
async function flood({ ask, many }: Attacker, count: number, make: (index: number) => Parameters<typeof ask>) {
  let written = 0
  await many(count, 8, async index => {
    const { status } = await ask(...make(index))
    if (status !== 429 && status !== 503) written++
  })
  return written
}

/**
 * The most attempts that a limit lets pass: `limit`, one after each wait, which doubles from a second, and those that
 * are forgiven, at most one in ten seconds.
 */
export const passingWithin = (limit: number, seconds: number) =>
  limit + Math.ceil(Math.log2(seconds + 2)) + 1 + Math.ceil(seconds / 10)

/** Runs `flood`, and rejects when more of its requests pass than the limit allows. */
async function limited(limit: number, flood: () => Promise<number>) {
  const begun = performance.now()
  const passed = await flood()
  const most = passingWithin(limit, (performance.now() - begun) / 1000)
  if (passed > most) throw new Error(`${passed} requests passed, at most ${most} may`)
  return passed
}

const register = async (attacker: Attacker, from: string) => {
  const { ask, own, random } = attacker
  const username = `filler${random.below(1e9)}`
  const account = { username, password, email: `${username}@evil.example`, full_name: 'M'.repeat(256) }
  const { status, json } = await ask('/users', { json: account, from, expect: [201, 429, 503] })
  if (status === 201) own.add(json.id)
  return status
}

/** Attempts to fill the disk. */
export const diskAttempts: Attempt[] = [
  {
    aim,
    name: 'register from one prefix without end',
    run: attacker =>
      bounded(attacker, () =>
        limited(registrationLimit, async () => {
          const from = attacker.stranger()
          let created = 0
          await attacker.many(100, 8, async () => {
            if ((await register(attacker, from)) === 201) created++
          })
          return created
        })
      )
  },
  {
    aim,
    name: 'register from many prefixes without end',
    run: attacker =>
      bounded(attacker, async () => {
        let created = 0
        await attacker.many(400, 16, async () => {
          if ((await register(attacker, attacker.stranger())) === 201) created++
        })
        return created
      })
  },
  {
    aim,
    name: 'fail to log in without end',
    run: attacker =>
      bounded(attacker, async () => {
        const from = attacker.stranger()
        const failing = (username: string) => ({ form: { grant_type: 'password', username, password: wrongPassword } })
        const spread = await flood(attacker, 80, index => ['/token', failing(`${'n'.repeat(250)}${index}`)])
        const fromOne = () => flood(attacker, 400, index => ['/token', { ...failing(`nobody${index}`), from }])
        return spread + (await limited(50, fromOne))
      })
  },
  {
    aim,
    name: 'have messages sent without end',
    run: attacker =>
      bounded(attacker, async () => {
        const from = attacker.stranger()
        const expect = [202, 429, 503]
        const to = (email: string) => ({ json: { email }, expect })
        const spread = await flood(attacker, 100, index => [
          '/password/forgot',
          to(`${'a'.repeat(60)}${index}@evil.example`)
        ])
        const one = await flood(attacker, 60, () => ['/password/forgot', to(attacker.world.addresses.alice)])
        const fromOne = () =>
          flood(attacker, 200, index => ['/password/forgot', { ...to(`f${index}@evil.example`), from }])
        return spread + one + (await limited(30, fromOne))
      })
  },
  {
    aim,
    name: 'make events of the audit trail without end',
    run: attacker =>
      bounded(attacker, async () => {
        const { stranger, logIn, world } = attacker
        const from = stranger()
        // The changes of mallory's profile are left to other attempts.
        const { access_token: token } = await logIn({ username: 'puppet' })
        const headers = basic(world.api.id, 'w'.repeat(2000))
        const posing = { form: { grant_type: 'client_credentials' }, headers, from }
        const asked = { form: { token: 'x' }, token: 'x', from }
        const change = { method: 'PATCH', json: { full_name: 'M'.repeat(256) }, token, expect: [200, 429] }
        const clients = await limited(50, () => flood(attacker, 200, () => ['/token', posing]))
        const introspections = await limited(50, () => flood(attacker, 200, () => ['/introspect', asked]))
        const changes = await limited(60, () => flood(attacker, 150, () => ['/users/me', change]))
        return clients + introspections + changes
      })
  },
  {
    aim,
    name: 'repeat refused requests without end, which write nothing',
    async run(attacker) {
      const { ask, world, stranger, many } = attacker
      const from = stranger()
      const one = () => ask('/password/forgot', { json: { email: 'f@evil.example' }, from, expect: [202, 429] })
      await many(40, 8, one)
      const before = await world.size()
      await many(1500, 16, async index => {
        await (index % 2 ? one() : ask('/users', { json: { username: 'x', password: 'short' } }))
      })
      const growth = (await world.size()) - before
      if (growth > world.programs.length * slackBytes) throw new Error(`1500 refusals added ${growth} bytes`)
    }
  }
]
