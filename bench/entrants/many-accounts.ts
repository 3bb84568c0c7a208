import { ask, type HttpRequest, postForm, postJson } from '../request.ts'
import { account } from './entrant.ts'

/** The accounts of the clients, one for each, because logins to one account wait for its row. */
export interface Accounts {
  logIns: HttpRequest[]
  /** Creates them, and logs in to each, so that every client has a login. */
  register(url: string): Promise<void>
  /** The refresh token of a new login for each client; the servers at `urls` take turns. */
  freshTokens(urls: string[]): Promise<string[]>
}

export function createAccounts(count: number): Accounts {
  const { password } = account
  const names = Array.from({ length: count }, (_, i) => `user${i}`)
  const logIns = names.map(username => postForm('/token', { grant_type: 'password', username, password }))

  async function freshTokens(urls: string[]) {
    const answers = await Promise.all(logIns.map((request, i) => ask(urls[i % urls.length] as string, request)))
    return answers.map(({ json }) => String(json.refresh_token))
  }

  async function register(url: string) {
    const accounts = names.map(username => ({ ...account, username, email: `${username}@example.com` }))
    await Promise.all(accounts.map(each => ask(url, postJson('/users', each))))
    await freshTokens([url])
  }

  return { logIns, register, freshTokens }
}
