import { password } from '../../test/support/app.ts'
import { wrongPassword } from '../../test/support/guess.ts'
import { splices } from './account.ts'
import { type Attempt, refusal } from './attacker.ts'
import { createSteps, recruitWith, shows } from './steps.ts'

const aim = 'a factor'
const newPassword = 'purple monkey dishwasher lamp'
const logIn = { grant_type: 'password', username: 'paula', password }

/** Attempts to get past the second factor of an account, to change it, and to change what only a password may. */
export const factorAttempts: Attempt[] = [
  {
    aim,
    name: 'guess codes after a stolen password, at both endpoints and in each field',
    async run(attacker) {
      const { ask, many, random } = attacker
      const { step } = createSteps(attacker)
      const { auth_session } = await step(shows('paula'))
      const otp = () => String(random.below(1e6)).padStart(6, '0')
      let guessed = 0
      await many(120, 12, async index => {
        const ways = [
          () => ask('/token', { form: { ...logIn, otp: otp() } }),
          () => ask('/authorize-challenge', { form: { auth_session, otp: otp() } }),
          () => ask('/authorize-challenge', { form: { ...shows('paula'), otp: otp() } })
        ]
        const { status } = await (ways[index % ways.length] as () => ReturnType<typeof ask>)()
        if (status !== 429 && status !== 503) guessed++
      })
      // Ten at once, and one after each wait, which doubles; other requests may be refused for their form.
      if (guessed > 75) throw new Error(`${guessed} codes were compared`)
    }
  },
  {
    aim,
    name: 'guess recovery codes, and use those of another account',
    async run(attacker) {
      const { ask, many, random } = attacker
      const { recoveryCodes: codes } = await recruitWith(attacker, 'passkey')
      const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
      const guess = () => Array.from({ length: 16 }, () => letters[random.below(32)]).join('')
      await many(60, 12, index => ask('/token', { form: { ...logIn, recovery_code: codes[index] ?? guess() } }))
    }
  },
  {
    aim,
    name: 'guess the current password with a stolen access token, wherever it is asked for',
    async run({ ask, many, world, random }) {
      const token = world.stolen
      let compared = 0
      await many(120, 6, async index => {
        const current_password = `a guess, the ${random.below(1e9)}th of all`
        const ways = [
          () => ask('/users/me', { method: 'PATCH', json: { email: 'm@evil.example', current_password }, token }),
          () => ask('/users/me', { method: 'DELETE', json: { current_password }, token }),
          () =>
            ask('/users/me/password', { method: 'PUT', json: { current_password, new_password: newPassword }, token }),
          () => ask('/users/me/factors', { json: { type: 'totp', current_password }, token }),
          () => ask('/users/me/passkeys/options', { json: { current_password }, token }),
          () => ask('/token', { form: { grant_type: 'password', username: 'tess', password: current_password } })
        ]
        const { status } = await (ways[index % ways.length] as () => ReturnType<typeof ask>)()
        if (status === 403 || status === 400) compared++
      })
      if (compared > 18) throw new Error(`${compared} passwords were compared`)
      // Without the password.
      for (const path of ['/users/me/factors', '/users/me/passkeys/options'])
        await ask(path, { json: path.endsWith('factors') ? { type: 'totp' } : {}, token, expect: [401, 429] })
      await ask('/users/me', { method: 'PATCH', json: { email: 'm@evil.example' }, token, expect: [401, 429] })
      await ask('/users/me/recovery-codes', { method: 'POST', token, expect: [401, 429] })
    }
  },
  {
    aim,
    name: 'add a factor with the answers for another account, login or moment',
    async run(attacker) {
      const { ask, world } = attacker
      const [mine, other] = [await recruitWith(attacker), await recruitWith(attacker)]
      const begin = async ({ token }: typeof mine) =>
        (await ask('/users/me/passkeys/options', { json: {}, token, expect: [200] })).json
      const options = await begin(mine)
      const register = (token: string, response: object, expect = [...refusal]) =>
        ask('/users/me/passkeys', { json: { name: 'Phone', response }, token, expect })
      const response = mine.authenticator.create(options)
      await register(other.token, response)
      await register(world.stolen, response)
      await register(mine.token, mine.authenticator.create(options, { origin: 'https://evil.example' }))
      await register(
        mine.token,
        mine.authenticator.create(options, { credentialId: Buffer.from(world.doraPasskey, 'base64url') })
      )
      const app = await ask('/users/me/factors', { json: { type: 'totp' }, token: mine.token, expect: [201] })
      for (const token of [other.token, world.stolen])
        await ask(`/users/me/factors/${app.json.id}/confirm`, { json: { code: '123456' }, token })
      await register(mine.token, response, [201])
      await register(mine.token, response)
    }
  },
  {
    aim,
    name: 'use the link that undoes a factor twice, for another purpose, and spliced',
    async run(attacker) {
      const { ask, link, random } = attacker
      const email = `f${random.below(1e9)}@evil.example`
      const { username } = await attacker.recruit(['me'], email)
      const { access_token: token } = await attacker.logIn({ username })
      const verify = await link(email, /Confirm/)
      await ask('/email/verify', { json: { token: String(verify) }, expect: [204] })
      const recruit = await recruitWith(attacker)
      const options = await ask('/users/me/passkeys/options', { json: {}, token, expect: [200] })
      const response = recruit.authenticator.create(options.json)
      await ask('/users/me/passkeys', { json: { name: 'Phone', response }, token, expect: [201] })
      const undo = await link(email, /./)
      if (!verify || !undo) throw new Error('a link has not arrived')
      for (const made of [undo, ...splices(undo, verify)]) {
        await ask('/email/verify', { json: { token: made } })
        await ask('/email/undo', { json: { token: made } })
        await ask('/password/reset', { json: { token: made, new_password: newPassword } })
      }
      for (const made of splices(undo, verify)) await ask('/factors/undo', { json: { token: made } })
      await ask('/factors/undo', { json: { token: undo }, expect: [204] })
      await ask('/factors/undo', { json: { token: undo } })
      await ask('/undo-factor', { form: { token: undo } })
      await ask('/users/me', { token, expect: [401] })
    }
  },
  {
    aim: 'freeze',
    name: 'flood an address with notices of own accounts',
    async run(attacker) {
      const { ask, logIn: own, many, world } = attacker
      const accounts = await Promise.all([0, 1, 2].map(() => attacker.recruit(['me'], world.addresses.alice)))
      await many(accounts.length, 3, async index => {
        const { username } = accounts[index] as (typeof accounts)[number]
        let { access_token: token } = await own({ username })
        let [current_password, new_password]: [string, string] = [password, `${newPassword} 0`]
        for (let turn = 1; turn < 6; turn++) {
          const change = { method: 'PUT', json: { current_password, new_password }, token, expect: [200, 429, 503] }
          const { status, json } = await ask('/users/me/password', change)
          if (status !== 200) continue
          token = json.access_token
          ;[current_password, new_password] = [new_password, `${newPassword} ${turn}`]
          await ask('/users/me/email/verify-request', { method: 'POST', token, expect: [202, 429] })
        }
        await ask('/users/me', { method: 'DELETE', json: { current_password: wrongPassword }, token })
      })
    }
  }
]
