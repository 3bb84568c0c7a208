import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from '../../../test/support/faults.ts'
import { type Account, deleted, type Login, loginOf, passwordChanged, refreshed } from './account.ts'
import {
  type Api,
  ask,
  expect,
  introspect,
  type NextUrl,
  readMe,
  register,
  tryPassword,
  useRefreshToken
} from './requests.ts'

// One function for each way to use an account. Before it sends its request, it notes that the outcome is unclear, which
// stays so when it throws `Unavailable`. It throws another error when the answer is wrong.

/** Registers the account. */
export async function makeAccount(next: NextUrl, account: Account) {
  expect(201, await register(next(), account))
  account.unclear = undefined
}

/** Logs in with the password. */
export async function logIn(next: NextUrl, account: Account) {
  account.logins.push(loginOf(expect(200, await tryPassword(next(), account, account.password))))
}

/** Logs in with a wrong password, which is refused. */
export async function guessWrong(next: NextUrl, account: Account) {
  expect(400, await tryPassword(next(), account, 'a wrong password of the writer'))
}

/** Changes the password, which ends all logins and begins one. */
export async function changePassword(next: NextUrl, account: Account, { access: token }: Login, password: string) {
  account.unclear = { password }
  const json = { current_password: account.password, new_password: password }
  const answer = await ask(`${next()}/users/me/password`, { method: 'PUT', json, token, from: account.from })
  expect(200, answer)
  passwordChanged(account, password)
  account.logins.push(loginOf(answer))
}

/** Refreshes a login. */
export async function refresh(next: NextUrl, account: Account, login: Login) {
  login.unclear = 'refresh'
  refreshed(login, expect(200, await useRefreshToken(next(), account, login.refresh)))
}

/** Sends a refresh again after `ms`, as a client does that has lost the first answer. Both get the next token. */
export async function refreshTwice(next: NextUrl, account: Account, login: Login, ms: number) {
  login.unclear = 'refresh'
  const { refresh: token } = login
  const sent = [useRefreshToken(next(), account, token), sleep(ms).then(() => useRefreshToken(next(), account, token))]
  const [first, second] = (await Promise.allSettled(sent)).map(result => {
    if (result.status === 'rejected') throw result.reason
    return expect(200, result.value)
  }) as [Answer, Answer]
  if (nameOf(first) !== nameOf(second)) throw new Error('A retry got another refresh token')
  refreshed(login, first)
}

/** Session and counter, without the MAC, which differs while two nodes have different secrets. */
const nameOf = ({ json }: Answer) => String(json.refresh_token).replace(/\.[^.]*$/, '')

/** Uses a refresh token that was replaced twice, which ends the login. */
export async function replay(next: NextUrl, account: Account, login: Login, older: string) {
  login.unclear = 'end'
  expect(400, await useRefreshToken(next(), account, older))
  Object.assign(login, { isEnded: true, unclear: undefined })
}

/** Ends a login by its refresh token. */
export async function revoke(next: NextUrl, { from }: Account, login: Login) {
  login.unclear = 'end'
  expect(200, await ask(`${next()}/revoke`, { form: { token: login.refresh }, from }))
  Object.assign(login, { isEnded: true, unclear: undefined })
}

/** Ends all logins of the account by means of the only one that is known. */
export async function logOutEverywhere(next: NextUrl, { from }: Account, login: Login) {
  login.unclear = 'end'
  expect(204, await ask(`${next()}/users/me/sessions?all=true`, { method: 'DELETE', token: login.access, from }))
  Object.assign(login, { isEnded: true, unclear: undefined })
}

/** Deletes the account. */
export async function remove(next: NextUrl, account: Account, { access: token }: Login) {
  account.unclear = 'deletion'
  const json = { current_password: account.password }
  expect(204, await ask(`${next()}/users/me`, { method: 'DELETE', json, token, from: account.from }))
  deleted(account)
}

/** Reads with the access token of a live login, and lets the API, if there is one, introspect it. */
export async function read(next: NextUrl, account: Account, login: Login, api: Api | undefined) {
  expect(200, await readMe(next(), account, login))
  if (!api) return
  const { json } = expect(200, await introspect(next(), api, login))
  if (!json.active || json.username !== account.name) throw new Error(`introspected as ${JSON.stringify(json)}`)
}
