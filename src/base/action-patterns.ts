/** The beginning of every action of a kind, such as `user.` for `user.*`; `undefined` for a pattern of one action. */
export const kindOf = (pattern: string) => (pattern.endsWith('.*') ? pattern.slice(0, -1) : undefined)

/** Whether one of `patterns` is `*`, the kind of `action` such as `user.*`, or the action itself. */
export const isAsked = (patterns: string[], action: string): boolean =>
  patterns.some(pattern => pattern === '*' || pattern === action || action.startsWith(kindOf(pattern) ?? '\0'))
