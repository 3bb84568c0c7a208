import { password } from '../../test/support/app.ts'
import { wrongPassword } from '../../test/support/guess.ts'
import type { Attempt } from './attacker.ts'
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
