import { account } from '../entrants/entrant.ts'
import { asTokenServer, sallyport } from '../entrants/sallyport.ts'
import type { RunningServer } from '../processes.ts'
import { ask, type HttpRequest, postForm } from '../request.ts'
import { createAccounts } from './scale-accounts.ts'

/** Settings that allow the operations. */
export const settings = {
  // The accounts come together: places for all in the hash queue.
  HASH_CONCURRENCY: '4',
  UV_THREADPOOL_SIZE: '6',
  ACCESS_TOKEN_TTL: '86400',
  DEFAULT_SCOPES: 'me,introspect,clients:write',
  TRUST_PROXY: '127.0.0.1'
}

/** How many clients send at the same time, each its next request when the last is answered. */
export const clientCount = 16

/** Enough that no account reaches the limit of its logins. */
const accountCount = 64
/** The audit trail has an event for each refresh from another address prefix than the last. */
const addresses = ['192.0.2.1', '198.51.100.1'] as const

interface Client {
  accessToken: string
  refreshToken: string
  address: string
}

export type OperationName = 'login' | 'refresh' | 'moved' | 'clientCredentials' | 'me' | 'introspection'
/** Does an operation so many times. */
type Operation = (count: number) => Promise<void>

/** Registers accounts at the server, and resolves to the operations of their clients. */
export async function startOperations(server: RunningServer): Promise<Record<OperationName, Operation>> {
  const { url } = server
  const accounts = createAccounts(accountCount)
  await accounts.register(url)
  const clients: Client[] = []
  for (const logIn of accounts.logIns.slice(0, clientCount)) {
    const answer = await ask(url, logIn)
    const refreshToken = String(answer.json.refresh_token)
    clients.push({ accessToken: sallyport.tokenOf(answer), refreshToken, address: addresses[0] })
  }

  const operation = (send: (client: Client, n: number) => Promise<unknown>) => async (count: number) => {
    let next = 0
    await Promise.all(
      clients.map(async client => {
        while (next < count) await send(client, next++)
      })
    )
  }
  async function refresh(client: Client) {
    const request = postForm('/token', { grant_type: 'refresh_token', refresh_token: client.refreshToken })
    const { json } = await ask(url, withHeaders(request, { 'x-forwarded-for': client.address }))
    client.refreshToken = String(json.refresh_token)
  }
  const { clientCredentials } = await asTokenServer(sallyport).setUp(server)
  const { username, password } = account
  const asCaller = postForm('/token', { grant_type: 'password', username, password, scope: 'introspect' })
  const caller = sallyport.me(sallyport.tokenOf(await ask(url, asCaller)))
  return {
    login: operation((_, n) => ask(url, accounts.logIns[n % accountCount] as HttpRequest)),
    refresh: operation(refresh),
    moved: operation(client => {
      client.address = addresses[client.address === addresses[0] ? 1 : 0]
      return refresh(client)
    }),
    clientCredentials: operation(() => ask(url, clientCredentials[0])),
    me: operation(({ accessToken }) => ask(url, sallyport.me(accessToken))),
    introspection: operation(({ accessToken }) =>
      ask(url, withHeaders(postForm('/introspect', { token: accessToken }), caller.headers))
    )
  }
}

const withHeaders = (request: HttpRequest, headers: HttpRequest['headers']): HttpRequest => ({
  ...request,
  headers: { ...request.headers, ...headers }
})
