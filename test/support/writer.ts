import { call, type createRandom } from './faults.ts'

export type Writer = ReturnType<typeof createWriter>

/** The known state of a login; `unclear` is a request that got no answer. */
interface Login {
  access: string
  refresh: string
  isEnded: boolean
  unclear?: 'refresh' | 'revoke' | 'end' | undefined
}

interface Account {
  name: string
  from: string
  password: string
  oldPassword?: string
  /** A new password that was sent and never acknowledged. */
  unclear?: string | undefined
  logins: Login[]
  isTouched: boolean
  deletion?: 'unclear' | 'acknowledged'
}

/**
 * A client that writes one change after another, remembers the acknowledged ones, and checks the server against them
 * later. It has its own accounts, each with its own address, so that no wrong password makes another account wait.
 */
export function createWriter(index: number, random: ReturnType<typeof createRandom>) {
  const accounts: Account[] = []
  let made = 0
  let unregistered: Account | undefined
  let acknowledged = 0
  let unclear = 0
  const pick = <T>(list: T[]): T | undefined => list[random.below(list.length)]
  const live = ({ logins }: Account) => logins.filter(login => !login.isEnded)
  const newPassword = () => `a password of the writer ${random.below(1e9)}`

  const token = (url: string, { from }: Account, form: Record<string, string>) => call(`${url}/token`, { form, from })
  const tryPassword = (url: string, account: Account, password: string) =>
    token(url, account, { grant_type: 'password', username: account.name, password })
  const register = (url: string, { name: username, password, from }: Account) =>
    call(`${url}/users`, { json: { username, password }, from })
  const loginOf = ({ json }: { json: Record<string, unknown> }): Login => ({
    access: String(json.access_token),
    refresh: String(json.refresh_token),
    isEnded: false
  })

  function expect(status: number, answer: { status: number; text: string }) {
    if (answer.status !== status) throw new Error(`${answer.status} instead of ${status}: ${answer.text}`)
    acknowledged++
  }

  async function makeAccount(url: string) {
    const name = `w${index}-${made++}`
    const account = { name, from: `10.${index}.${made}.1`, password: newPassword(), logins: [], isTouched: true }
    unregistered = account
    expect(201, await register(url, account))
    unregistered = undefined
    accounts.push(account)
  }

  async function startLogin(url: string, account: Account) {
    const answer = await tryPassword(url, account, account.password)
    expect(200, answer)
    account.logins.push(loginOf(answer))
  }

  async function changePassword(url: string, account: Account, { access: token }: Login) {
    const password = newPassword()
    const json = { current_password: account.password, new_password: password }
    account.unclear = password
    const answer = await call(`${url}/users/me/password`, { method: 'PUT', json, token, from: account.from })
    expect(200, answer)
    wasChanged(account, password)
    account.logins.push(loginOf(answer))
  }

  function wasChanged(account: Account, password: string) {
    account.oldPassword = account.password
    account.password = password
    account.unclear = undefined
    for (const login of account.logins) login.isEnded = true
  }

  async function refresh(url: string, account: Account, login: Login) {
    login.unclear = 'refresh'
    const answer = await token(url, account, { grant_type: 'refresh_token', refresh_token: login.refresh })
    expect(200, answer)
    Object.assign(login, loginOf(answer), { unclear: undefined })
  }

  async function end(url: string, { from }: Account, login: Login) {
    login.unclear = 'end'
    if (random.below(2) === 0) expect(200, await call(`${url}/revoke`, { form: { token: login.refresh }, from }))
    else expect(204, await call(`${url}/users/me/sessions?all=true`, { method: 'DELETE', token: login.access, from }))
    Object.assign(login, { isEnded: true, unclear: undefined })
  }

  async function remove(url: string, account: Account, { access: token }: Login) {
    account.deletion = 'unclear'
    const json = { current_password: account.password }
    expect(204, await call(`${url}/users/me`, { method: 'DELETE', json, token, from: account.from }))
    account.deletion = 'acknowledged'
  }

  async function writeOne(url: string) {
    const account = pick(accounts.slice(-20).filter(({ deletion }) => !deletion))
    if (!account || random.below(4) === 0) return makeAccount(url)
    account.isTouched = true
    const login = pick(live(account))
    const choice = random.below(5)
    if (!login || choice === 0) return startLogin(url, account)
    if (choice === 1) return changePassword(url, account, login)
    if (choice === 2 && live(account).length === 1) return end(url, account, login)
    if (choice === 3 && random.below(8) === 0) return remove(url, account, login)
    return refresh(url, account, login)
  }

  async function verifyAccount(url: string, account: Account): Promise<string[]> {
    const wrong: string[] = []
    const { name, unclear } = account
    if (unclear && (await tryPassword(url, account, unclear)).status === 200) wasChanged(account, unclear)
    account.unclear = undefined
    const fresh = await tryPassword(url, account, account.password)
    if (account.deletion) return verifyDeleted(account, fresh.status)
    if (fresh.status !== 200) wrong.push(`${name}: the newest password is answered with ${fresh.status} ${fresh.text}`)
    if (account.oldPassword && (await tryPassword(url, account, account.oldPassword)).status !== 400)
      wrong.push(`${name}: the old password is not refused`)
    for (const login of account.logins) {
      const works = (await call(`${url}/users/me`, { token: login.access })).status === 200
      const answer = await token(url, account, { grant_type: 'refresh_token', refresh_token: login.refresh })
      const isRefreshed = answer.status === 200
      if (works !== isRefreshed) wrong.push(`${name}: of the two tokens of a login only one works`)
      if (login.isEnded === isRefreshed && login.unclear !== 'end')
        wrong.push(`${name}: a login that ${login.isEnded ? 'has ended' : 'goes on'}: ${answer.status} ${answer.text}`)
      if (isRefreshed) Object.assign(login, loginOf(answer))
      Object.assign(login, { isEnded: !isRefreshed, unclear: undefined })
    }
    account.isTouched = false
    return wrong
  }

  /** The account can log in only if its deletion was cut off. */
  function verifyDeleted(account: Account, status: number): string[] {
    const isThere = status === 200
    const wrong = isThere && account.deletion === 'acknowledged' ? [`${account.name} is deleted and logs in`] : []
    account.isTouched = false
    return wrong
  }

  /** Asserts that an account whose registration was cut off exists, or that its name is free. */
  async function verifyUnregistered(url: string, account: Account): Promise<string[]> {
    unregistered = undefined
    const { status } = await tryPassword(url, account, account.password)
    if (status !== 200 && (await register(url, account)).status !== 201) return [`${account.name}: half an account`]
    accounts.push(account)
    return []
  }

  return {
    /** Writes until the server is gone. Rejects when the server refuses a request. */
    async write(url: string): Promise<void> {
      for (;;) {
        try {
          await writeOne(url)
        } catch (error) {
          // The error that fetch throws when the connection is lost.
          if (!(error instanceof TypeError)) throw error
          unclear++
          return
        }
      }
    },

    /**
     * The differences from the acknowledged state, in the accounts written to since the last call or in all accounts.
     */
    async verify(url: string, everything: boolean): Promise<string[]> {
      const wrong = unregistered ? await verifyUnregistered(url, unregistered) : []
      for (const account of accounts)
        if (everything || account.isTouched) wrong.push(...(await verifyAccount(url, account)))
      return wrong
    },

    counts: () => ({ acknowledged, unclear })
  }
}
