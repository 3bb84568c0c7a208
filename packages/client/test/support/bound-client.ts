import type { Test } from 'tap'
import type { Config } from '../../../../src/config/config.ts'
import { password } from '../../../../test/support/app.ts'
import type { ClientOptions } from '../../src/index.ts'
import { createClientWorld } from './client-world.ts'
import { installIndexedDb } from './indexed-db.ts'

/** A request as the server receives it. */
export interface Sent {
  request: string
  scheme: string | undefined
  proof: Proof | undefined
}

/** The claims of a proof. */
interface Proof {
  jti: string
  iat: number
  nonce?: string
}

const contentOf = (jwt: string | null): Proof | undefined =>
  jwt === null ? undefined : JSON.parse(Buffer.from(String(jwt.split('.')[1]), 'base64url').toString())

/**
 * `createClientWorld` with clients whose logins are bound to a key in an IndexedDB.
 */
export async function createBoundWorld(t: Test, settings: Partial<Config> = {}) {
  const world = await createClientWorld(t, settings)
  const indexedDb = installIndexedDb(t)
  const sent: Sent[] = []
  const answers = new Set<Promise<Response>>()
  // The client ends a login in the background. The server waits for that connection when it closes.
  t.teardown(() => Promise.allSettled(answers))
  const storage = { ...world.storage, keys: 'indexedDB' as const }

  async function fetch(...[input, init]: Parameters<typeof globalThis.fetch>): Promise<Response> {
    const { method, url, headers } = input instanceof Request ? input : new Request(input, init)
    sent.push({
      request: `${method} ${new URL(url).pathname}`,
      scheme: headers.get('Authorization')?.replace(/ .*/, ''),
      proof: contentOf(headers.get('DPoP'))
    })
    const answer = world.network.fetch(input, init)
    answers.add(answer)
    return await answer
  }

  const open = (options: Partial<ClientOptions> = {}) => world.open({ storage, fetch, ...options })
  return {
    ...world,
    storage,
    indexedDb,
    /**
     * The requests since the last call, shortly: `POST /token DPoP` has a proof, and `GET /users/me Bearer` a token.
     */
    sent: () =>
      sent.splice(0).map(({ request, scheme, proof }) => [request, scheme ?? (proof && 'proof')].join(' ').trim()),
    /** The claims of the proofs since the last call. */
    proofs: () => sent.splice(0).flatMap(({ proof }) => proof ?? []),
    /** The stored login. */
    stored: () => JSON.parse(String([...world.values.values()][0] ?? null)),
    open,
    async logIn(options: Partial<ClientOptions> = {}) {
      const client = open(options)
      await client.signIn({ username: 'alice', password })
      return client
    }
  }
}
