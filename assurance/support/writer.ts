import type { createRandom } from '../../test/support/faults.ts'
import { type Account, isUsable, live, mayFail, newAccount } from './writer/account.ts'
import {
  changePassword,
  guessWrong,
  logIn,
  logOutEverywhere,
  makeAccount,
  read,
  refresh,
  refreshTwice,
  remove,
  replay,
  revoke
} from './writer/acts.ts'
import { type Api, type NextUrl, Unavailable } from './writer/requests.ts'
import { verifyAccount } from './writer/verify.ts'

interface Choice {
  account: Account
  act(): Promise<void>
  isWrite: boolean
}

export type Writer = ReturnType<typeof createWriter>

/** The accounts of a writer, and twice as many while it is unclear what has become of all of them. */
const mostAccounts = 15
/** An account is deleted after so many writes, so that none meets a limit for accounts. */
const mostWrites = 30
const verifiedAtOnce = 4

/**
 * A client that uses one account after another, remembers what was acknowledged, and checks the server against it
 * later. It has its own accounts, each with its own address, so that no wrong password makes another account wait. With
 * an `api`, it introspects tokens too.
 */
export function createWriter(index: number, random: ReturnType<typeof createRandom>, api?: Api) {
  let accounts: Account[] = []
  /** The accounts that are not used any more. */
  const names = { deleted: [] as string[], left: [] as string[] }
  let [made, acknowledged, unclear] = [0, 0, 0]
  const pick = <T>(list: T[]): T | undefined => list[random.below(list.length)]
  const newPassword = () => `a password of the writer ${random.below(1e9)}`
  const addressOf = (n: number) => `10.${index * 40 + ((n >> 8) % 40)}.${n % 256}.1`

  /** The next account to use, and how. `undefined` while nothing is clear. */
  function choose(next: NextUrl): Choice | undefined {
    const clear = accounts.filter(account => !account.unclear && !account.isDeleted && isUsable(account))
    const most = clear.length === 0 ? 2 * mostAccounts : mostAccounts
    const account = pick(clear)
    if (accounts.length < most && (!account || random.below(4) === 0)) {
      const added = newAccount(`w${index}-${made}`, addressOf(made++), newPassword())
      accounts.push(added)
      return { account: added, act: () => makeAccount(next, added), isWrite: true }
    }
    return account && chooseFor(next, account)
  }

  function chooseFor(next: NextUrl, account: Account): Choice {
    const login = pick(live(account))
    const write = (act: () => Promise<void>): Choice => ({ account, act, isWrite: true })
    if (!login) return write(() => logIn(next, account))
    if (account.writes > mostWrites || !mayFail(account)) return write(() => remove(next, account, login))
    const isOnly = account.logins.filter(({ isEnded }) => !isEnded).length === 1
    const { older } = login
    const choices: Choice[] = [
      write(() => (isOnly ? logIn(next, account) : revoke(next, account, login))),
      write(() => (isOnly ? logOutEverywhere(next, account, login) : logIn(next, account))),
      write(() => changePassword(next, account, login, newPassword())),
      write(() => refresh(next, account, login)),
      write(() => refresh(next, account, login)),
      write(() => refreshTwice(next, account, login, random.below(10))),
      write(() => (older === undefined ? refresh(next, account, login) : replay(next, account, login, older))),
      { account, act: () => read(next, account, login, api), isWrite: false },
      { account, act: () => guessWrong(next, account), isWrite: false }
    ]
    return pick(choices) as Choice
  }

  /**
   * Uses one account; resolves to whether a write was acknowledged. Rejects with `Unavailable`, or with another error
   * when the answer is wrong, and then forgets the account.
   */
  async function step(next: NextUrl): Promise<boolean> {
    const choice = choose(next)
    if (!choice) throw new Unavailable('It is unclear what has become of every account', false)
    const { account, act, isWrite } = choice
    Object.assign(account, { isTouched: true, writes: account.writes + 1 })
    try {
      await act()
    } catch (error) {
      if (error instanceof Unavailable) {
        unclear++
        throw error
      }
      accounts = accounts.filter(other => other !== account)
      throw new Error(`${account.name}: ${(error as Error).message}`, { cause: error })
    }
    if (isWrite) acknowledged++
    return isWrite
  }

  return {
    step,

    /** Uses accounts until the server is gone. Rejects when an answer is wrong, or 503. */
    async write(url: string): Promise<void> {
      for (;;) {
        try {
          await step(() => url)
        } catch (error) {
          if (!(error instanceof Unavailable) || error.isAnswered) throw error
          return
        }
      }
    },

    /**
     * The differences from the acknowledged state, in the accounts written to since the last call or in all accounts.
     * Rejects with `Unavailable`, and can then be repeated.
     */
    async verify(next: NextUrl, everything: boolean): Promise<string[]> {
      const wrong: string[] = []
      const due = accounts.filter(({ isTouched }) => everything || isTouched)
      while (due.length > 0) {
        const some = due.splice(0, verifiedAtOnce).map(account => verifyAccount(next, account, api))
        // Each has to end before it can be repeated.
        await Promise.allSettled(some)
        wrong.push(...(await Promise.all(some)).flat())
      }
      const left = accounts.filter(account => account.isDeleted || !isUsable(account))
      for (const { name, isDeleted } of left) (isDeleted ? names.deleted : names.left).push(name)
      accounts = accounts.filter(account => !left.includes(account))
      return wrong
    },

    counts: () => ({ acknowledged, unclear }),

    /** The names of the accounts that exist and of those that were deleted, without those whose state is unclear. */
    names: () => ({
      existing: [
        ...names.left,
        ...accounts.filter(({ unclear, isDeleted }) => !unclear && !isDeleted).map(({ name }) => name)
      ],
      deleted: names.deleted
    })
  }
}
