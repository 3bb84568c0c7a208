import { basic, password } from '../../test/support/app.ts'
import type { Attempt } from './attacker.ts'
import { createSteps, recruitWith, shows } from './steps.ts'
import { ofCarol } from './world.ts'

const aim = 'another account'

/** Attempts to reach another account through the steps of a login, and to use one login twice. */
export const challengeAttempts: Attempt[] = [
  {
    aim,
    name: 'redeem one authorization code in parallel',
    async run(attacker) {
      const { username } = await recruitWith(attacker)
      const { step, redeem } = createSteps(attacker)
      const code = String((await step(shows(username), [200])).authorization_code)
      let won = 0
      await attacker.many(12, 12, async () => {
        if ((await redeem(code, {}, [200, 400])).status === 200) won++
      })
      if (won !== 1) throw new Error(`one code began ${won} logins`)
    }
  },
  {
    aim,
    name: 'finish one login twice, with copies and successors of its auth session',
    async run(attacker) {
      const { username, authenticator } = await recruitWith(attacker, 'passkey')
      const { step } = createSteps(attacker)
      const first = await step({ response_type: 'code' })
      const second = await step({ auth_session: first.auth_session, username, password })
      const third = await step({ auth_session: second.auth_session })
      const all = [second, third]
      let codes = 0
      await attacker.many(10, 10, async index => {
        const { auth_session, passkey } = all[index % 2]
        const form = { auth_session, passkey: JSON.stringify(authenticator.get(passkey)) }
        if ((await step(form, [200, 400, 403])).authorization_code) codes++
      })
      if (codes !== 1) throw new Error(`one login gave ${codes} codes`)
      for (const { auth_session, passkey } of [first, ...all]) {
        await step({ auth_session, username, password })
        await step({ auth_session, passkey: JSON.stringify(authenticator.get(passkey)) })
      }
    }
  },
  {
    aim: 'freeze',
    name: 'make a visitor wait with forms that a page of another site sends',
    async run({ ask, many, world }) {
      const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
      const wrong = { grant_type: 'password', username: 'carol', password: 'a wrong password, long enough' }
      const ways: Parameters<typeof ask>[] = [
        ['/authorize-challenge', { form: { response_type: 'code', ...wrong } }],
        ['/token', { form: { grant_type: 'client_credentials', client_id: world.api.id, client_secret: 'x' } }],
        ['/introspect', { form: { token: 'x' }, headers: { ...headers, ...basic(world.api.id, 'x') } }],
        ['/token', { form: wrong }]
      ]
      await many(200, 8, index => {
        const [path, given] = ways[index % ways.length] as (typeof ways)[number]
        return ask(path, { headers, from: ofCarol, expect: [400, 403], ...given })
      })
    }
  },
  {
    aim: 'freeze',
    name: 'use up the logins of an account without its password',
    run: ({ ask, many, world }) =>
      many(200, 8, index =>
        ask(index % 2 ? '/authorize-challenge' : '/token', {
          form: {
            ...(index % 2 ? { response_type: 'code' } : { grant_type: 'password' }),
            username: world.addresses.alice,
            password: `a wrong password, ${index} of all`
          }
        })
      )
  },
  {
    aim: 'fill',
    name: 'have refused passkeys recorded without end',
    async run(attacker) {
      const { ask, many, stranger } = attacker
      const { step } = createSteps(attacker)
      const { auth_session } = await step({ response_type: 'code' })
      const from = stranger()
      let recorded = 0
      await many(300, 8, async () => {
        const { status } = await ask('/authorize-challenge', { form: { auth_session, passkey: '{}' }, from })
        if (status !== 429) recorded++
      })
      if (recorded > 75) throw new Error(`${recorded} refusals were recorded`)
    }
  }
]
