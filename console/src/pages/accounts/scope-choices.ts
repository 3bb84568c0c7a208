/** A scope that an account has or that the person may grant. */
export interface Choice {
  scope: string
  isGranted: boolean
  /** Whether the person can grant it again after they have removed it. */
  isGrantable: boolean
}

/** The scopes to choose from: those of the account, and those `known` to the server that the person may grant. */
export function choicesOf(granted: string[], known: string[], mayGrant: (scope: string) => boolean): Choice[] {
  const scopes = new Set([...known, ...granted])
  return [...scopes]
    .map(scope => ({ scope, isGranted: granted.includes(scope), isGrantable: mayGrant(scope) }))
    .filter(({ isGranted, isGrantable }) => isGranted || isGrantable)
}

/** The scopes after a choice, in the order of `before`: another order alone would count as a change. */
export const chosen = (before: string[], checked: string[]) => [
  ...before.filter(scope => checked.includes(scope)),
  ...checked.filter(scope => !before.includes(scope))
]
