import { splices } from './account.ts'
import type { Attacker, Attempt } from './attacker.ts'

const aim = 'another account'
const newPassword = 'purple monkey dishwasher lamp'
/** The messages that administrators may order to one address at once. */
const most = 10

/** An account that an administrator invites, and its address, whose mailbox the attacker reads. */
async function invited({ random, world }: Attacker, email = `i${random.below(1e9)}@evil.example`) {
  const username = `recruit${random.below(1e9)}`
  const { id } = await world.administer('POST', '/users', { username, email })
  return { id: String(id), username, email }
}

/** Tries to choose a password with each token, in both places. */
async function tryAll({ ask }: Attacker, tokens: string[]) {
  for (const token of tokens) {
    await ask('/password/reset', { json: { token, new_password: newPassword } })
    await ask('/reset-password', { form: { token, new_password: newPassword } })
    await ask('/email/verify', { json: { token } })
  }
}

/** Attempts to use the accounts of other people that are invited, and to make the server invite. */
export const invitationAttempts: Attempt[] = [
  {
    aim,
    name: 'use the message of an invitation after its account was deleted, and another took the name',
    async run(attacker) {
      const { link, many, ask, world } = attacker
      const { id, username, email } = await invited(attacker)
      const token = await link(email, /invited/)
      if (token === undefined) throw new Error('no invitation has arrived')
      await world.administer('DELETE', `/users/${id}`)
      await tryAll(attacker, [token])
      const { id: next } = await world.administer('POST', '/users', { username, email })
      const second = await link(email, /invited/)
      if (second === undefined) throw new Error('no second invitation has arrived')
      await world.administer('POST', `/users/${next}/password/reset`)
      await tryAll(attacker, [token, second, ...splices(token, second)])
      await many(20, 10, () => ask('/password/reset', { json: { token: second, new_password: newPassword } }))
      const [row] = await world.rows(`SELECT invited_at, email_verified FROM users WHERE id = '${next}'`)
      if (row?.invited_at === null || row?.email_verified) throw new Error('the second account was taken')
      await world.administer('DELETE', `/users/${next}`)
    }
  },
  {
    aim: 'fill',
    name: "fill a mailbox with an administrator's token",
    async run(attacker) {
      const { random, world } = attacker
      const email = `bombed${random.below(1e9)}@example.com`
      let sent = 0
      async function order(path: string, json?: object) {
        try {
          const made = await world.administer('POST', path, json)
          sent++
          return made
        } catch (error) {
          if (!/answered 429/.test(String(error))) throw error
        }
      }
      for (let n = 0; n < 2 * most; n++) {
        const made = await order('/users', { username: `recruit${random.below(1e9)}`, email })
        if (!made) continue
        for (const what of ['invitation', 'password/reset']) await order(`/users/${made.id}/${what}`)
      }
      if (sent > most + 1) throw new Error(`${sent} messages to one address`)
    }
  }
]
