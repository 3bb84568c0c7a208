import { exchange as exchangeForm } from '../identities.ts'
import { generateIssuerKey } from '../identity-provider.ts'
import { type Attacker, type Attempt, refusal } from './attacker.ts'
import { passingWithin } from './disk.ts'
import { createSteps, recruitWith } from './steps.ts'

const aim = 'another account'

/** How many refused ID tokens of one address are recorded before it has to wait. */
const recordedTokens = 50

/** Exchanges of ID tokens, each unlike all others. */
function exchangesOf({ ask, random, world }: Attacker) {
  const { provider } = world
  const idToken = (claims: Record<string, unknown> = {}, options?: Parameters<typeof provider.idToken>[1]) =>
    provider.idToken({ jti: String(random.below(1e9)), ...claims }, { alg: 'ES256', ...options })
  const exchange = (subject_token: string, form: Record<string, string> = {}, expect: readonly number[] = refusal) =>
    ask('/token', { form: { ...exchangeForm, subject_token, ...form }, expect })
  return { idToken, exchange }
}

/** A new account of the attacker, with an account elsewhere that is linked to it. */
async function linkedOf(attacker: Attacker) {
  const mine = await recruitWith(attacker)
  const sub = mine.username
  const json = { id_token: exchangesOf(attacker).idToken({ sub }) }
  const answer = await attacker.ask('/users/me/identities', { json, token: mine.token, expect: [201] })
  return { ...mine, sub, identity: String(answer.json.id) }
}

/** Attempts with ID tokens and accounts elsewhere. */
export const identityAttempts: Attempt[] = [
  {
    aim,
    name: 'log in with an ID token that is forged, lapsed, or for another app, issuer or nonce',
    async run(attacker) {
      const { idToken, exchange } = exchangesOf(attacker)
      const { sub } = await linkedOf(attacker)
      const seconds = Math.floor(Date.now() / 1000)
      const other = generateIssuerKey('ES256').privateKey
      const [head, , signature] = idToken({ sub }).split('.')
      const [, payload] = idToken({ sub: 'another' }).split('.')
      const forged = [
        `${head}.${payload}.${signature}`,
        `${head}.${payload}.`,
        idToken({ sub }, { key: other }),
        idToken({ sub }, { key: other, header: { jwk: { kty: 'EC' }, jku: 'https://evil.example/keys' } }),
        idToken({ sub }, { header: { alg: 'none' } }),
        idToken({ sub }, { header: { alg: 'HS256' } }),
        idToken({ sub }, { header: { crit: ['b64'] } }),
        attacker.world.received.alice
      ]
      for (const token of forged) await exchange(token)
      for (const claims of [
        { iss: 'https://evil.example' },
        { iss: `${attacker.world.provider.issuer}/` },
        { aud: 'evil' },
        { aud: ['app', 'evil'], azp: 'app' },
        { azp: 'evil' },
        { exp: seconds - 1 },
        { iat: seconds - 601 },
        { iat: seconds + 120 },
        { nonce: 'of the victim' },
        { sub: undefined },
        { events: {} }
      ])
        await exchange(idToken({ sub, ...claims }))
      await exchange(idToken({ sub }), { nonce: 'mine' })
      await exchange(idToken({ sub, nonce: 'of the victim' }), { nonce: 'mine' })
      await exchange(idToken({ sub }), { scope: 'users:write' })
      await exchange(idToken({ sub }), { subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' })
    }
  },
  {
    aim,
    name: 'use a stolen ID token again, and many times at once on every node',
    async run(attacker) {
      const { ask } = attacker
      const { idToken, exchange } = exchangesOf(attacker)
      const { sub, token } = await linkedOf(attacker)
      for (let n = 0; n < 5; n++) {
        const stolen = idToken({ sub })
        const answers = await Promise.all(Array.from({ length: 8 }, () => exchange(stolen, {}, [200, ...refusal])))
        const won = answers.filter(({ status }) => status === 200).length
        if (won !== 1) throw new Error(`${won} of 8 exchanges of one ID token won`)
        await exchange(stolen)
        await ask('/users/me/identities', { json: { id_token: stolen }, token })
      }
    }
  },
  {
    aim,
    name: 'log in to, link, list and unlink accounts elsewhere of others, also by an address',
    async run(attacker) {
      const { ask, world, logIn } = attacker
      const { idToken, exchange } = exchangesOf(attacker)
      const { sub, id, identity } = await linkedOf(attacker)
      const { access_token: token } = await logIn()
      await ask('/users/me/identities', { json: { id_token: idToken({ sub }) }, token, expect: [401, 409] })
      await ask(`/users/me/identities/${identity}`, { method: 'DELETE', token, expect: [401, 404] })
      for (const account of [id, world.ids.alice]) {
        await ask(`/users/${account}/identities`, { token, expect: [401, 403] })
        await ask(`/users/${account}/identities/${identity}`, { method: 'DELETE', token, expect: [401, 403] })
      }
      const email = world.addresses.alice
      for (const email_verified of [true, 'true', false])
        await exchange(idToken({ sub: 'squatter', email, email_verified, hd: 'example.com' }))
      await exchange(idToken({ sub }), {}, [200])
    }
  },
  {
    aim: 'a withdrawn right',
    name: 'log in with an account elsewhere by a step or a code from before it was unlinked, or its owner disabled',
    async run(attacker) {
      const { ask, world } = attacker
      const { idToken, exchange } = exchangesOf(attacker)
      const { step, redeem } = createSteps(attacker)
      const { id, sub, identity, token, authenticator } = await linkedOf(attacker)
      const options = await ask('/users/me/passkeys/options', { json: {}, token, expect: [200] })
      const added = { json: { name: 'Phone', response: authenticator.create(options.json) }, token, expect: [201] }
      const codes: string[] = (await ask('/users/me/passkeys', added)).json.recovery_codes
      const begun = [await exchange(idToken({ sub }), {}, [403]), await exchange(idToken({ sub }), {}, [403])]
      const [first, second] = begun.map(({ json }) => json.auth_session)
      const code = (await step({ auth_session: first, recovery_code: String(codes[0]) }, [200])).authorization_code
      await world.administer('DELETE', `/users/${id}/identities/${identity}`)
      await redeem(code, {}, [400])
      await step({ auth_session: second, recovery_code: String(codes[1]) }, [400])

      const other = await linkedOf(attacker)
      await world.administer('PATCH', `/users/${other.id}`, { disabled: true })
      await exchange(idToken({ sub: other.sub }))
      await world.administer('PATCH', `/users/${other.id}`, { disabled: false })
      await exchange(idToken({ sub: other.sub }), {}, [200])
    }
  },
  {
    aim: 'fill',
    name: 'have ten thousand ID tokens refused',
    async run(attacker) {
      const { many, stranger, world } = attacker
      const { idToken, exchange } = exchangesOf(attacker)
      const count = async (rows: string) => Number((await world.rows(`SELECT count(*) AS n FROM ${rows}`))[0]?.n)
      const read = async () => ({
        events: await count(`audit WHERE action = 'login.failed' AND CAST(detail AS text) LIKE '%"id token"%'`),
        spent: await count(`spent WHERE id LIKE 'id-token:%'`)
      })
      const [before, from, begun] = [await read(), stranger(), performance.now()]
      const lapsed = idToken({ iat: 1, exp: 2 })
      const forged = idToken().slice(0, -6)
      // The signature of the issuer makes an event, which the address is limited for; any other makes none.
      await many(10_000, 16, index =>
        index % 2
          ? attacker.ask('/token', { form: { ...exchangeForm, subject_token: lapsed }, from })
          : exchange(`${forged}${String(index).padStart(6, '0')}`)
      )
      const after = await read()
      const most = passingWithin(recordedTokens, (performance.now() - begun) / 1000)
      if (after.spent !== before.spent) throw new Error('refused ID tokens were spent')
      if (after.events - before.events > most)
        throw new Error(`${after.events - before.events} events, at most ${most}`)
    }
  }
]
