import { exchange } from '../identities.ts'
import { generateIssuerKey } from '../identity-provider.ts'
import { type Attacker, type Attempt, refusal } from './attacker.ts'
import { createSteps, recruitWith } from './steps.ts'
import { ofAliceElsewhere } from './world.ts'

const aim = 'another account'

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
    name: 'forge ID tokens of the account elsewhere of another',
    async run(attacker) {
      const { provider, key } = attacker.world
      const claims = { sub: ofAliceElsewhere }
      const mine = own(attacker)
      const [head = '', body = '', tag = ''] = mine.split('.')
      const changed = Buffer.from(
        JSON.stringify({ ...JSON.parse(Buffer.from(body, 'base64url').toString()), ...claims })
      )
      const other = generateIssuerKey('ES256').privateKey
      const made = [
        `${head}.${changed.toString('base64url')}.${tag}`,
        `${Buffer.from('{"alg":"none"}').toString('base64url')}.${changed.toString('base64url')}.`,
        provider.idToken(claims, { alg: 'ES256', key: other }),
        provider.idToken(claims, { alg: 'ES256', key: other, kid: key.kid }),
        provider.idToken(claims, { alg: 'ES256', key: other, header: { jwk: provider.jwks()[0] } }),
        provider.idToken({ ...claims, iss: 'https://evil.example' }),
        provider.idToken({ ...claims, iss: `${provider.issuer}/` }),
        provider.idToken({ ...claims, aud: 'another' }),
        provider.idToken({ ...claims, aud: ['app', 'another'], azp: 'app' }),
        provider.idToken({ ...claims, iat: 1 }),
        provider.idToken({ ...claims, nonce: 'n' }),
        `${mine}.${mine}`,
        attacker.world.received.alice
      ]
      for (const token of made) await logIn(attacker, token)
    }
  },
  {
    aim,
    name: 'reach an account through its address in an ID token',
    async run(attacker) {
      const { world } = attacker
      // An address with a space is none, so this makes an account if it is for a scope that a new account has.
      for (const email of [world.addresses.alice, world.addresses.alice.toUpperCase(), ` ${world.addresses.alice}`])
        for (const claims of [{}, { email_verified: true }, { email_verified: true, hd: 'example.com' }])
          await logIn(attacker, own(attacker, { email, ...claims }), refusal, { scope: 'orders:read' })
      for (const sub of ['', ' ', `${ofAliceElsewhere} `, ofAliceElsewhere.toUpperCase(), `${ofAliceElsewhere}\0`])
        await logIn(attacker, own(attacker, { sub }), refusal, { scope: 'orders:read' })
    }
  },
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
    aim,
    name: 'link an account elsewhere to another account, and unlink that of another',
    async run(attacker) {
      const { ask, world } = attacker
      const { access_token: token } = await attacker.logIn()
      const [row] = await world.rows(`SELECT id FROM identities WHERE user_id = '${world.ids.alice}'`)
      for (const id of [String(row?.id), `${row?.id}%00`, `..%2f${row?.id}`])
        await ask(`/users/me/identities/${id}`, { method: 'DELETE', token })
      for (const path of [`/users/${world.ids.alice}/identities`, `/users/${world.ids.alice}/identities/${row?.id}`])
        for (const method of ['GET', 'POST', 'DELETE']) await ask(path, { method, token })
      for (const stolen of [world.received.alice, world.stolen, world.ofRoot.old]) {
        await ask('/users/me/identities', { json: { id_token: own(attacker) }, token: stolen })
        await ask(`/users/me/identities/${row?.id}`, { method: 'DELETE', token: stolen })
      }
    }
  },
  {
    aim: 'a factor',
    name: 'log in with an ID token without the second factor of the account',
    async run(attacker) {
      const { sub, code } = await linked(attacker, 'app')
      const { step } = createSteps(attacker)
      const idToken = own(attacker, { sub })
      const { json } = await logIn(attacker, idToken, [403], { otp: '000000' })
      for (const form of [{}, { otp: '000000' }, { recovery_code: 'AAAA-BBBB-CCCC-DDDD' }, { username: 'mallory' }])
        await step({ auth_session: json.auth_session, ...form }, [400, 429])
      for (const form of [{}, { otp: code() }, { scope: 'orders:read' }]) await logIn(attacker, idToken, refusal, form)
    }
  },
  {
    aim: 'fill',
    name: 'make accounts with ID tokens without end, from ever new addresses',
    async run(attacker) {
      const count = async () => Number((await attacker.world.rows('SELECT count(*) AS n FROM users'))[0]?.n)
      const before = await count()
      // The scope is refused once there is an account.
      await attacker.many(400, 12, () =>
        logIn(attacker, own(attacker, { name: 'N'.repeat(256) }), refusal, { scope: 'orders:read' })
      )
      const made = (await count()) - before
      if (made > 250) throw new Error(`${made} accounts were made`)
    }
  }
]
