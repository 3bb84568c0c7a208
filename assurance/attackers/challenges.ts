import { basic, password } from '../../test/support/app.ts'
import type { Faults } from '../../test/support/authenticator.ts'
import { splices } from './account.ts'
import { type Attempt, refusal } from './attacker.ts'
import { createSteps, recruitWith, shows } from './steps.ts'
import { ofCarol } from './world.ts'

const aim = 'another account'

/** Attempts to reach another account through the steps of a login, and to use one login twice. */
export const challengeAttempts: Attempt[] = [
  {
    aim,
    name: 'redeem authorization codes twice, with other verifiers, as other clients, and spliced',
    async run(attacker) {
      const { ask, refresh, asApi } = attacker
      const [mine, other] = [await recruitWith(attacker), await recruitWith(attacker)]
      const { step, redeem, code_verifier } = createSteps(attacker)
      const code = String((await step(shows(mine.username), [200])).authorization_code)
      const foreign = String((await step(shows(other.username), [200])).authorization_code)
      for (const verifier of [
        '',
        code_verifier.slice(1),
        `${code_verifier}a`,
        'a'.repeat(43),
        code_verifier.toLowerCase()
      ])
        await redeem(code, { code_verifier: verifier }, [400])
      await ask('/token', { form: { grant_type: 'authorization_code', code, code_verifier }, headers: asApi })
      await redeem(code, { client_id: attacker.world.tool }, [400, 401])
      for (const spliced of splices(code, foreign)) await redeem(spliced, {}, [400])
      const { json } = await redeem(code)
      await redeem(code, {}, [400])
      await refresh(json.refresh_token, {}, [400])
      await ask('/users/me', { token: json.access_token, expect: [401] })
    }
  },
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
        if ((await step(form, [200, 400])).authorization_code) codes++
      })
      if (codes !== 1) throw new Error(`one login gave ${codes} codes`)
      for (const { auth_session, passkey } of [first, ...all]) {
        await step({ auth_session, username, password })
        await step({ auth_session, passkey: JSON.stringify(authenticator.get(passkey)) })
      }
    }
  },
  {
    aim,
    name: 'continue the login of another account, client or step-up with what an own one shows',
    async run(attacker) {
      const { ask, world, asApi } = attacker
      const mine = await recruitWith(attacker, 'passkey')
      const other = await recruitWith(attacker, 'app')
      const { step, challenge } = createSteps(attacker)
      const ofPaula = await step(shows('paula'))
      const own = await step(shows(mine.username))
      const show = (options: object, faults: Faults = {}) =>
        JSON.stringify(mine.authenticator.get(options as { challenge: string }, faults))
      for (const faults of [{}, { userHandle: world.doraHandle }, { challenge: own.passkey.challenge }])
        await step({ auth_session: ofPaula.auth_session, passkey: show(ofPaula.passkey, faults) }, [...refusal])
      await step({ auth_session: ofPaula.auth_session, otp: other.code() }, [...refusal])
      await step({ auth_session: ofPaula.auth_session, username: mine.username, password }, [...refusal])
      await step({ auth_session: own.auth_session, username: 'paula', password }, [...refusal])
      for (const auth_session of splices(own.auth_session, ofPaula.auth_session))
        await step({ auth_session, passkey: show(own.passkey) }, [400, 429])
      await ask('/authorize-challenge', {
        form: { ...challenge, auth_session: own.auth_session, passkey: show(own.passkey) },
        headers: asApi
      })
      const stepUp = { grant_type: 'refresh_token', refresh_token: mine.refresh_token, max_age: '0' }
      const { json } = await ask('/token', { form: stepUp, expect: [403] })
      await step({ auth_session: json.auth_session, username: other.username, password }, [...refusal])
      await step({ auth_session: json.auth_session, otp: other.code() }, [...refusal])
    }
  },
  {
    aim: 'freeze',
    name: 'make a visitor wait with forms that a page of another site sends',
    async run({ ask, many, world }) {
      const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
      const wrong = { grant_type: 'password', username: 'carol', password: 'a wrong password, long enough' }
      await many(200, 8, async index => {
        const given = { headers, from: ofCarol, expect: [400, 403] }
        if (index % 4 === 0) await ask('/authorize-challenge', { ...given, form: { response_type: 'code', ...wrong } })
        else if (index % 4 === 1)
          await ask('/token', {
            ...given,
            form: { grant_type: 'client_credentials', client_id: world.api.id, client_secret: 'x' }
          })
        else if (index % 4 === 2)
          await ask('/introspect', {
            ...given,
            form: { token: 'x' },
            headers: { ...headers, ...basic(world.api.id, 'x') }
          })
        else await ask('/token', { ...given, form: wrong })
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
