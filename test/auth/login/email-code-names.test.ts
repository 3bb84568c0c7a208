import t, { type Test } from 'tap'
import { createUser, createVerifiedUser, password } from '../../support/app.ts'
import { createCodeWorld } from '../../support/email-codes.ts'
import { guess, wrongPassword } from '../../support/guess.ts'
import { select } from '../../support/select.ts'

const refused = 'insufficient_authorization'

const names = ['alice', 'alice@example.com', 'nobody', 'nobody@example.com', 'bob', 'bob@example.com', 'carol']

/**
 * alice gets a code; bob has an unverified address, carol is disabled, dan has no address, and nobody is no one.
 */
async function createNames(t: Test) {
  const world = await createCodeWorld(t)
  await world.app.users.register({ username: 'bob', password, email: 'bob@example.com' }, {})
  const { id } = await createVerifiedUser(world.app, 'carol')
  await world.app.userAdmin.update(id, { disabled: true }, {})
  await createUser(world.app, 'dan')
  await world.received()
  return world
}

t.test('Names that get no code get the same answers as one that does, from the first step to the last', async t => {
  const { send, config, received } = await createNames(t)
  const shapes = new Set<string>()
  const shape = (answer: Awaited<ReturnType<typeof send>>) => {
    const { auth_session, ...rest } = answer.json()
    const headers = Object.entries(answer.headers).filter(([name]) => !['date', 'x-request-id'].includes(name))
    return JSON.stringify([answer.statusCode, headers, rest, String(auth_session).length, answer.body.length])
  }
  for (const username of [...names, 'dan']) {
    const begun = await send({ response_type: 'code', username, factor: 'email_code' })
    const { auth_session } = begun.json()
    const tried = await send({ auth_session, email_code: '000000' })
    const again = await send({ auth_session: tried.json().auth_session })
    shapes.add([begun, tried, again].map(shape).join('\n'))
  }
  t.equal(shapes.size, 1, [...shapes].join('\n\n'))
  const [{ rows } = {}] = await select(config.databaseUrl, 'SELECT count(*) AS rows FROM email_codes')
  t.equal(Number(rows), 7, 'one for each account, and for each name without one')
  const messages = await received()
  t.strictSame(new Set(messages.flatMap(({ to }) => to?.map(({ address }) => address))), new Set(['alice@example.com']))
})

t.test('Names that get no code are counted as one that does, for passwords and codes together', async t => {
  const { send, ask, app } = await createNames(t)
  for (const [at, username] of names.entries()) {
    const from = `198.51.${at}.7`
    const statuses: number[] = []
    for (let n = 0; n < 6; n++) {
      const { statusCode } = await guess(app, from, { username, password: wrongPassword })
      statuses.push(statusCode)
    }
    const auth_session = await ask(username, {}, { from })
    for (let n = 0; n < 6; n++) statuses.push((await send({ auth_session, email_code: '000000' }, { from })).statusCode)
    // The account of an address is that of its username, which has waited before.
    if (username !== 'alice@example.com')
      t.strictSame(statuses, [...Array(6).fill(400), ...Array(4).fill(403), 429, 429], username)
  }
})

t.test('Names that get no code get no login from any code, not even from the right one', async t => {
  const { ask, outcome, clock, rightCode } = await createNames(t)
  for (const username of names) {
    clock.advance(1)
    const auth_session = await ask(username)
    const email_code = await rightCode()
    const isAlice = username.startsWith('alice')
    t.equal(await outcome({ auth_session, email_code }), isAlice ? 'code' : refused, username)
  }
})
