import { basic, password } from '../../test/support/app.ts'
import { type Answer, type Attempt, claimsOf, refusal } from './attacker.ts'
import { createSteps, recruitWith, shows } from './steps.ts'
import { orders } from './world.ts'

const aim = 'a withdrawn right'
const withdrawn = 'orders:read'

/** Throws when the answer has a token with the right. */
function assertWithout({ json }: Pick<Answer, 'json'>, how: string) {
  if (typeof json.access_token === 'string' && claimsOf(json.access_token).scope.split(' ').includes(withdrawn))
    throw new Error(`${how} gave the right back`)
}

/** Attempts to keep or regain a right that an administrator has withdrawn. */
export const withdrawnAttempts: Attempt[] = [
  {
    aim,
    name: 'regain a scope that was withdrawn from the account, by every grant and step',
    async run(attacker) {
      const { ask, logIn, refresh, world, asApi } = attacker
      const mine = await recruitWith(attacker, 'none', ['me', withdrawn])
      const { step, redeem } = createSteps(attacker)
      const form = { username: mine.username }
      const [first, second] = [await logIn({ ...form, resource: orders }), await logIn(form)]
      const code = String((await step(shows(mine.username), [200])).authorization_code)
      const stepUpOf = async (refresh_token: string) =>
        (
          await ask('/token', {
            form: { grant_type: 'refresh_token', refresh_token, max_age: '0' },
            expect: [200, 403]
          })
        ).json
      await new Promise(resolve => setTimeout(resolve, 1100))
      const open = await stepUpOf(mine.refresh_token)
      await world.administer('PATCH', `/users/${mine.id}`, { scopes: ['me'] })

      assertWithout(await redeem(code, {}, [200, ...refusal]), 'a code')
      for (const more of [{}, { scope: withdrawn }, { scope: `me ${withdrawn}` }, { resource: orders }]) {
        assertWithout(await refresh(second.refresh_token, more, [200, ...refusal]), 'a refresh')
        assertWithout(await refresh(first.refresh_token, more, [200, ...refusal]), 'a refresh')
        const again = { grant_type: 'password', password, ...form, ...more }
        assertWithout(await ask('/token', { form: again, expect: [200, ...refusal] }), 'a login')
      }
      const raised = await step({ auth_session: open.auth_session, ...form, password }, [200])
      assertWithout(await redeem(raised.authorization_code), 'a step-up')
      const { json } = await ask('/introspect', { form: { token: first.access_token }, headers: asApi, expect: [200] })
      if (String(json.scope).includes(withdrawn)) throw new Error('/introspect knows the right')
      await ask(`/verify?scope=${withdrawn}`, { token: second.access_token, expect: [401, 403] })
      const change = { current_password: password, new_password: 'purple monkey dishwasher lamp' }
      const { access_token: token } = await logIn(form)
      const changed = await ask('/users/me/password', { method: 'PUT', json: change, token, expect: [200, 503] })
      assertWithout(changed, 'a new password')
    }
  },
  {
    aim,
    name: 'regain a scope that was withdrawn from the client, by every grant and step',
    async run(attacker) {
      const { ask, world, random, own } = attacker
      const made = await world.administer('POST', '/clients', {
        name: `shop${random.below(1e9)}`,
        confidential: true,
        grants: ['password', 'refresh_token', 'authorization_code', 'client_credentials'],
        scopes: ['me', withdrawn]
      })
      const { client_id, client_secret } = made as Record<string, string>
      own.add(String(client_id))
      const headers = basic(String(client_id), String(client_secret))
      const { username } = await recruitWith(attacker, 'none', ['me', withdrawn])
      const { challenge, code_verifier } = createSteps(attacker)
      const send = (path: string, form: Record<string, string>, expect = [200, ...refusal]) =>
        ask(path, { form, headers, expect })
      const login = (await send('/token', { grant_type: 'password', username, password }, [200])).json
      const { json } = await send('/authorize-challenge', { ...challenge, ...shows(username) }, [200])
      const itself = (await send('/token', { grant_type: 'client_credentials' }, [200])).json
      await world.administer('PATCH', `/clients/${client_id}`, { scopes: ['me'] })

      for (const more of [{}, { scope: withdrawn }, { resource: orders }] as Record<string, string>[])
        for (const form of [
          { grant_type: 'refresh_token', refresh_token: login.refresh_token },
          { grant_type: 'client_credentials' },
          { grant_type: 'password', username, password },
          { grant_type: 'authorization_code', code: json.authorization_code, code_verifier }
        ])
          assertWithout(await send('/token', { ...form, ...more }), form.grant_type)
      for (const token of [login.access_token, itself.access_token])
        await ask(`/verify?scope=${withdrawn}`, { token, expect: [401, 403] })
      const rotated = (await world.administer('POST', `/clients/${client_id}/secret`)) as Record<string, string>
      await send('/token', { grant_type: 'client_credentials' }, [401, 429])
      await world.administer('PATCH', `/clients/${client_id}`, { disabled: true })
      const renewed = basic(String(client_id), String(rotated.client_secret))
      await ask('/token', { form: { grant_type: 'client_credentials' }, headers: renewed, expect: [401, 429] })
      await send('/token', { grant_type: 'refresh_token', refresh_token: login.refresh_token }, [400, 401, 429])
    }
  }
]
