import { newPersonalToken } from '../../../src/auth/personal-tokens/token-text.ts'
import { createToken, exchangeGrant, personalTokenType } from '../personal-tokens.ts'
import { changes } from './account-ways.ts'
import { usedBefore } from './limits.ts'
import { limited, nothing, once, type Way, type Ways, type WriteWorld, writesNothing } from './world.ts'

const id = '01890000-0000-7000-8000-000000000000'

/** A personal access token of a new account, with the id and the login of its owner. */
export async function withToken(world: WriteWorld) {
  const owner = await world.person()
  return { ...owner, ofToken: await createToken(world.app, owner.token) }
}

/** Exchanges of a personal access token, for the client of the world. */
export const exchanges: Way[] = [
  writesNothing('personal access tokens that do not exist', async world => {
    const { id: client_id } = await world.script()
    return () => ({ form: exchangeOf(newPersonalToken(), client_id) })
  }),
  writesNothing('personal access tokens with a wrong checksum', async world => {
    const { id: client_id } = await world.script()
    return () => ({ form: exchangeOf(`sally_pat_${'x'.repeat(33)}`, client_id) })
  }),
  {
    name: 'a personal access token',
    one: ['a use is recorded once an hour', 1],
    many: ['so is a use from one of a hundred new networks, and one more in 36 seconds', 101],
    ask: async world => {
      const { ofToken } = await withToken(world)
      const { id: client_id } = await world.script()
      return () => ({ form: exchangeOf(ofToken.token, client_id) })
    }
  },
  limited('a personal access token that is almost used up', 'trusted', async world => {
    const { ofToken } = await withToken(world)
    const { id: client_id } = await world.script()
    for (let n = 0; n < usedBefore; n++) await world.app.throttle.take('trusted', ['token', ofToken.id])
    return () => ({ form: exchangeOf(ofToken.token, client_id) })
  })
]

const exchangeOf = (subject_token: string, client_id: string) => ({
  grant_type: exchangeGrant,
  subject_token,
  subject_token_type: personalTokenType,
  client_id
})

/** Revocations of a personal access token. */
export const revocations: Way[] = [
  writesNothing('personal access tokens that do not exist', async () => () => ({
    form: { token: newPersonalToken() }
  })),
  limited('a personal access token', once, async world => {
    const { ofToken } = await withToken(world)
    return () => ({ form: { token: ofToken.token } })
  })
]

/** Ways to write with personal access tokens as their owner. */
export const tokenWays: Ways = {
  'POST /users/me/tokens': [
    changes('tokens', index => ({ json: { name: `script ${index}` } })),
    changes('scopes of this server', () => ({ json: { name: 'script', scopes: ['me'] } }), nothing)
  ],
  'DELETE /users/me/tokens/:id': [
    changes('an unknown one', () => ({ path: { id } })),
    limited('the only one', 'profile', async world => {
      const { token, ofToken } = await withToken(world)
      return () => ({ token, path: { id: ofToken.id } })
    })
  ]
}
