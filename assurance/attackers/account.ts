import { password } from '../../test/support/app.ts'
import { wrongPassword } from '../../test/support/guess.ts'
import { type Attempt, claimsOf, refusal } from './attacker.ts'
import { ofAlice } from './world.ts'

const aim = 'another account'
const guess = (username: string, word = wrongPassword) => ({
  form: { grant_type: 'password', username, password: word }
})

const cross = (one: string, other: string, at: number) => one.slice(0, at) + other.slice(at)

/** Both halves of two tokens put together, and parts left out, repeated or changed. */
export const splices = (one: string, other: string) =>
  [
    cross(one, other, one.length >> 1),
    cross(one, other, 8),
    one.slice(0, -1),
    `${one}${one}`,
    `${one} ${other}`,
    `${one.slice(0, -1)}${one.endsWith('A') ? 'Q' : 'A'}`,
    one.toUpperCase(),
    `${one}=`,
    `${one}\0`
  ].filter(made => made !== one && made !== other)

/** Attempts to reach the account of alice. */
export const accountAttempts: Attempt[] = [
  {
    aim,
    name: 'guess a password from many prefixes, one after the other',
    async run({ ask, world, random }) {
      for (let i = 0; i < 60; i++)
        await ask(
          '/token',
          guess(i % 2 ? 'alice' : world.addresses.alice, `a guess, the ${random.below(1e9)}th of all`)
        )
    }
  },
  {
    aim,
    name: 'guess a password from many prefixes in parallel, and hit upon the right one too late',
    run: ({ ask, many, random, world }) => {
      // Later than the failures without a wait, and early enough for a place in the queue of its node.
      const hits = new Set([20, 22, 24].map(index => index * world.programs.length))
      return many(180, 60, index =>
        ask('/token', guess('root', hits.has(index) ? password : `a guess, the ${random.below(1e9)}th of all`))
      )
    }
  },
  {
    aim,
    name: "guess a password with the owner's address in X-Forwarded-For",
    run: ({ ask, many, stranger }) =>
      many(60, 12, async index => {
        const from = [`${ofAlice}, ${stranger()}`, `${ofAlice},${ofAlice}, ${stranger()}`, `${ofAlice}, unknown`]
        await ask('/token', { ...guess('alice'), from: String(from[index % from.length]) })
      })
  },
  {
    aim,
    name: 'guess other passwords of many accounts from one prefix',
    run: ({ ask, many, stranger }) => {
      const from = stranger()
      return many(120, 8, index => ask('/token', { ...guess(`nobody${index}`), from }))
    }
  },
  {
    aim,
    name: 'swap and splice parts of refresh tokens',
    async run({ ask, logIn, world }) {
      const { refresh_token: mine } = await logIn()
      const { refresh_token: other } = await logIn()
      const [session, counter, tag] = mine.split('.') as [string, string, string]
      const [, , foreign] = other.split('.')
      const sids = [claimsOf(world.received.alice).sid, claimsOf(world.alice.access_token).sid]
      const made = [
        ...sids.flatMap(sid => [0, 1, 2].flatMap(n => [`${sid}.${n}.${tag}`, `${sid}.${n}.${foreign}`])),
        `${session}.${counter}.${foreign}`,
        `${session}.${Number(counter) + 1}.${tag}`,
        `${session}.-1.${tag}`,
        `${session}.00.${tag}`,
        `${session}.${counter}.${tag}.${tag}`,
        `${sids[0]}.${mine}`,
        ...splices(mine, other)
      ]
      for (const refresh_token of made) {
        await ask('/token', { form: { grant_type: 'refresh_token', refresh_token } })
        await ask('/revoke', { form: { token: refresh_token }, expect: [200, 400, 429] })
      }
    }
  },
  {
    aim,
    name: 'replay a refresh token in parallel, and after its successor was used',
    async run({ logIn, refresh, many }) {
      const { refresh_token: first } = await logIn()
      const successors = new Set<string>()
      await many(20, 20, async () => {
        const { status, json } = await refresh(first, {}, [200, ...refusal])
        if (status === 200) successors.add(json.refresh_token)
      })
      if (successors.size !== 1) throw new Error(`one refresh token has ${successors.size} successors`)
      const { json } = await refresh(String([...successors][0]))
      await refresh(first, {}, [400])
      await refresh(json.refresh_token, {}, [400])
    }
  }
]
