import { type Account, deleted, type Login, mayFail, passwordChanged, refreshed } from './account.ts'
import {
  type Api,
  introspect,
  type NextUrl,
  readMe,
  register,
  tryPassword,
  Unavailable,
  useRefreshToken
} from './requests.ts'

const keptEnded = 3

/**
 * The differences between an account and what was acknowledged to its client, who learns what was unclear. Rejects with
 * `Unavailable`, and can then be repeated.
 */
export async function verifyAccount(next: NextUrl, account: Account, api: Api | undefined): Promise<string[]> {
  const wrong = await clarify(next, account)
  wrong.push(...(account.isDeleted ? await verifyDeleted(next, account) : await verifyPasswords(next, account)))
  for (const login of account.logins) wrong.push(...(await verifyLogin(next, account, login, api)))
  account.isTouched = false
  forgetEnded(account)
  return wrong.map(what => `${account.name}: ${what}`)
}

/** Keeps the latest logins that have ended, to look at them again, and all others. */
function forgetEnded(account: Account) {
  const old = account.logins.filter(({ isEnded }) => isEnded).slice(0, -keptEnded)
  account.logins = account.logins.filter(login => !old.includes(login))
}

/** Finds out whether the last request took effect. A registration that did not is repeated. */
async function clarify(next: NextUrl, account: Account): Promise<string[]> {
  const { unclear } = account
  if (!unclear) return []
  const sent = typeof unclear === 'object' ? unclear.password : account.password
  const works = (await askPassword(next(), account, sent)).status === 200
  if (typeof unclear === 'object' && works) passwordChanged(account, unclear.password)
  if (unclear === 'deletion' && !works) deleted(account)
  const isHalf = unclear === 'registration' && !works && (await register(next(), account)).status !== 201
  account.unclear = undefined
  return isHalf ? ['half an account'] : []
}

/** Whether the password is right; it is as if the server were away while the account has to wait. */
async function askPassword(url: string, account: Account, password: string) {
  const answer = await tryPassword(url, account, password)
  if (answer.status === 429) throw new Unavailable(answer.text, true)
  return answer
}

async function verifyPasswords(next: NextUrl, account: Account): Promise<string[]> {
  const wrong: string[] = []
  const { status, text } = await askPassword(next(), account, account.password)
  if (status !== 200) wrong.push(`the newest password is answered with ${status} ${text}`)
  if (account.oldPassword === undefined || !mayFail(account)) return wrong
  const old = await askPassword(next(), account, account.oldPassword)
  if (old.status !== 400) wrong.push(`the old password is answered with ${old.status}`)
  return wrong
}

async function verifyDeleted(next: NextUrl, account: Account): Promise<string[]> {
  const { status } = await askPassword(next(), account, account.password)
  return status === 400 ? [] : [`it is deleted, and its password is answered with ${status}`]
}

async function verifyLogin(next: NextUrl, account: Account, login: Login, api: Api | undefined): Promise<string[]> {
  const wrong: string[] = []
  const works = (await readMe(next(), account, login)).status === 200
  const isActive = api === undefined ? works : (await introspect(next(), api, login)).json.active === true
  const answer = await useRefreshToken(next(), account, login.refresh)
  const isRefreshed = answer.status === 200
  if (works !== isRefreshed || works !== isActive) wrong.push('only some of the tokens of a login work')
  if (login.isEnded === isRefreshed && login.unclear !== 'end')
    wrong.push(
      `a login that ${login.isEnded ? 'has ended' : 'is live'} is answered with ${answer.status} ${answer.text}`
    )
  if (isRefreshed) refreshed(login, answer)
  Object.assign(login, { isEnded: !isRefreshed, unclear: undefined })
  return wrong
}
