/** Counts by account. */
export function createAccountCounts() {
  const counts = new Map<string, number>()
  let sum = 0
  const of = (account: string) => counts.get(account) ?? 0

  return {
    of,
    total: () => sum,

    add(account: string) {
      sum++
      counts.set(account, of(account) + 1)
    },

    remove(account: string) {
      sum--
      if (of(account) > 1) counts.set(account, of(account) - 1)
      else counts.delete(account)
    }
  }
}
