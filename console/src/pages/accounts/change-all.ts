/** The result of `changeAll` for each account. */
export interface Outcome<Account> {
  changed: Account[]
  refused: { account: Account; error: unknown }[]
  /** Not tried, because of `error`, which each of them would have met. */
  left: Account[]
  error?: unknown
}

/** Refusals that are about the one account: it is deleted, or may not be changed. */
const isAboutOne = (error: unknown) => [404, 409].includes((error as { status?: number }).status ?? 0)

/** Changes accounts one after the other, and tells `onProgress` after each how many are done. */
export async function changeAll<Account>(
  accounts: Account[],
  change: (account: Account) => Promise<Account>,
  onProgress: (done: number) => void
): Promise<Outcome<Account>> {
  const outcome: Outcome<Account> = { changed: [], refused: [], left: [] }
  for (const [at, account] of accounts.entries()) {
    try {
      outcome.changed.push(await change(account))
    } catch (error) {
      if (!isAboutOne(error)) return { ...outcome, left: accounts.slice(at), error }
      outcome.refused.push({ account, error })
    }
    onProgress(at + 1)
  }
  return outcome
}
