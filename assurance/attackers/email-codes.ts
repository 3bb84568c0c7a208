import { setTimeout as sleep } from 'node:timers/promises'
import { codeIn } from '../../test/support/email-codes.ts'
import { recipientOf } from '../../test/support/mail-server.ts'
import type { Attacker, Attempt } from './attacker.ts'
import { createSteps } from './steps.ts'

const aim = 'another account'
const asksFor = (username: string) => ({ response_type: 'code', username, factor: 'email_code' })

/** The code in the next message to mallory. */
async function codeOfMallory({ world }: Attacker): Promise<string> {
  for (const end = performance.now() + 20_000; performance.now() < end; await sleep(50)) {
    const index = world.messages.findIndex(
      message => recipientOf(message).includes(world.addresses.mallory) && /^Your code/.test(String(message.subject))
    )
    if (index >= 0) return codeIn(world.messages.splice(index, 1)[0])
  }
  throw new Error('no code arrived')
}

/** Attempts to log in with codes in the mail of others, and to learn from them who exists. */
export const emailCodeAttempts: Attempt[] = [
  {
    aim,
    name: 'guess codes in the mail of another account, each auth session until it refuses',
    async run(attacker) {
      const { step } = createSteps(attacker)
      const sessions: string[] = []
      await attacker.many(2000, 12, async index => {
        const name = index % 2 ? 'alice' : attacker.world.addresses.alice
        if (index % 20 === 0) sessions.push((await step(asksFor(name))).auth_session)
        const auth_session = String(sessions[attacker.random.below(sessions.length)])
        await step({ auth_session, email_code: String(attacker.random.below(1e6)).padStart(6, '0') }, [400, 403, 429])
      })
    }
  },
  {
    aim,
    name: 'use a code of an own account in the auth session of another, and twice at once in its own',
    async run(attacker) {
      const { step, redeem } = createSteps(attacker)
      const foreign = (await step(asksFor('alice'))).auth_session
      const mine = (await step(asksFor('mallory'))).auth_session
      const email_code = await codeOfMallory(attacker)
      await step({ auth_session: foreign, email_code }, [400, 403, 429])
      await step({ auth_session: foreign, email_code, username: 'mallory' }, [400, 403, 429])
      const codes: string[] = []
      await attacker.many(4, 4, async () => {
        const { authorization_code } = await step({ auth_session: mine, email_code }, [200, 400, 403])
        if (authorization_code) codes.push(authorization_code)
      })
      if (codes.length !== 1) throw new Error(`one code in the mail gave ${codes.length} codes`)
      await redeem(String(codes[0]))
      await step({ auth_session: mine, email_code }, [400, 403])
    }
  },
  {
    aim: 'fill',
    name: 'have codes mailed to another account without end, from ever new addresses',
    run: attacker =>
      attacker.many(300, 8, index =>
        createSteps(attacker).step(asksFor(index % 2 ? 'alice' : attacker.world.addresses.alice), [400, 403, 429])
      )
  }
]
