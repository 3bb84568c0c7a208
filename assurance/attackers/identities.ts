import { call } from '../../test/support/faults.ts'
import { exchange } from '../../test/support/identities.ts'
import { type Attacker, type Attempt, refusal } from './attacker.ts'
import { passingWithin } from './disk.ts'
import { createSteps, recruitWith } from './steps.ts'

const aim = 'another account'

/** How many refused ID tokens from one prefix are recorded before it has to wait. */
const recordedTokens = 50

/** An ID token of the attacker's own account at the issuer, unlike all others. */
const own = ({ world, random }: Attacker, claims: Record<string, unknown> = {}) =>
  world.provider.idToken({ sub: `m${random.below(1e9)}`, jti: String(random.below(1e9)), ...claims })

const logIn = ({ ask }: Attacker, subject_token: string, expect: readonly number[] = refusal, form = {}) =>
  ask('/token', { form: { ...exchange, subject_token, ...form }, expect })

/** A recruit with an account elsewhere, `sub`. */
async function linked(attacker: Attacker, factor: 'app' | 'none' = 'none') {
  const recruit = await recruitWith(attacker, factor)
  const sub = `r${attacker.random.below(1e9)}`
  const json = { id_token: own(attacker, { sub }) }
  // The login had no second factor when it began.
  const token =
    factor === 'app'
      ? (await attacker.logIn({ username: recruit.username, otp: recruit.code() })).access_token
      : recruit.token
  await attacker.ask('/users/me/identities', { json, token, expect: [201] })
  return { ...recruit, sub }
}

/** Attempts to log in through accounts elsewhere, and to take over links. */
export const identityAttempts: Attempt[] = [
  {
    aim,
    name: 'use one ID token again, in parallel, and beside a link',
    async run(attacker) {
      const { sub, token } = await linked(attacker)
      const idToken = own(attacker, { sub })
      let logins = 0
      await attacker.many(12, 12, async () => {
        if ((await logIn(attacker, idToken, [200, ...refusal])).status === 200) logins++
      })
      if (logins > 1) throw new Error(`one ID token began ${logins} logins`)
      await attacker.ask('/users/me/identities', { json: { id_token: idToken }, token })
      await logIn(attacker, idToken)
    }
  },
  {
    aim: 'a withdrawn right',
    name: 'log in with an account elsewhere by a step or a code from before it was unlinked, or its owner disabled',
    async run(attacker) {
      const { ask, world } = attacker
      const { step, redeem } = createSteps(attacker)
      const { id, sub, token, authenticator } = await linked(attacker)
      const options = await ask('/users/me/passkeys/options', { json: {}, token, expect: [200] })
      const added = { json: { name: 'Phone', response: authenticator.create(options.json) }, token, expect: [201] }
      const codes: string[] = (await ask('/users/me/passkeys', added)).json.recovery_codes
      const begin = async () => (await logIn(attacker, own(attacker, { sub }), [403])).json.auth_session
      const [first, second] = [await begin(), await begin()]
      const code = (await step({ auth_session: first, recovery_code: String(codes[0]) }, [200])).authorization_code
      const [row] = await world.rows(`SELECT id FROM identities WHERE user_id = '${id}'`)
      await world.administer('DELETE', `/users/${id}/identities/${row?.id}`)
      await redeem(code, {}, [400])
      await step({ auth_session: second, recovery_code: String(codes[1]) }, [400])

      const other = await linked(attacker)
      await world.administer('PATCH', `/users/${other.id}`, { disabled: true })
      await logIn(attacker, own(attacker, { sub: other.sub }))
      await world.administer('PATCH', `/users/${other.id}`, { disabled: false })
      await logIn(attacker, own(attacker, { sub: other.sub }), [200])
    }
  },
  {
    aim: 'fill',
    name: 'make accounts with ID tokens without end, from ever new addresses',
    async run(attacker) {
      const { many, stranger, world } = attacker
      const count = async () => Number((await world.rows('SELECT count(*) AS n FROM users'))[0]?.n)
      const before = await count()
      await many(400, 12, () => logIn(attacker, own(attacker), refusal, { scope: 'orders:read' }))
      if ((await count()) !== before) throw new Error('refused scopes made accounts')
      // Past the attacker, because the tokens of new accounts are its own.
      await many(400, 12, () => {
        const form = { ...exchange, subject_token: own(attacker, { name: 'N'.repeat(256) }) }
        return call(`${world.next()}/token`, { form, from: stranger() })
      })
      const made = (await count()) - before
      if (made > 250) throw new Error(`${made} accounts were made`)
    }
  },
  {
    aim: 'fill',
    name: 'have ten thousand ID tokens refused',
    async run(attacker) {
      const { ask, many, stranger, world } = attacker
      const count = async (rows: string) => Number((await world.rows(`SELECT count(*) AS n FROM ${rows}`))[0]?.n)
      const read = async () => ({
        events: await count(`audit WHERE action = 'login.failed' AND CAST(detail AS text) LIKE '%"id token"%'`),
        spent: await count(`spent WHERE id LIKE 'id-token:%'`)
      })
      const [before, from, begun] = [await read(), stranger(), performance.now()]
      const [lapsed, forged] = [own(attacker, { iat: 1, exp: 2 }), own(attacker).slice(0, -6)]
      // One with the signature of the issuer makes an event, for which the address is limited; any other makes none.
      await many(10_000, 16, index =>
        index % 2
          ? ask('/token', { form: { ...exchange, subject_token: lapsed }, from })
          : logIn(attacker, `${forged}${String(index).padStart(6, '0')}`)
      )
      const after = await read()
      const most = passingWithin(recordedTokens, (performance.now() - begun) / 1000)
      if (after.spent !== before.spent) throw new Error('refused ID tokens were spent')
      if (after.events - before.events > most)
        throw new Error(`${after.events - before.events} events, at most ${most}`)
    }
  }
]
