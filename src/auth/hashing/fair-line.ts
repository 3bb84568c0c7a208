/** Who waits: an account, at an address prefix, from which the account has logged in before or not. */
export interface Place {
  isKnown: boolean
  prefix: string
  account: string
}

/** The callers of one prefix, by account, in the order of the accounts' next turns. */
interface Group<T> {
  size: number
  accounts: Map<string, Set<T>>
}

/** The groups of known or of unknown callers, in the order of their next turns. */
interface Lane<T> {
  size: number
  groups: Map<string, Group<T>>
}

const emptyLane = <T>(): Lane<T> => ({ size: 0, groups: new Map() })

/**
 * Callers that wait for a turn. Turns alternate between known and unknown callers, among these between prefixes, within
 * a prefix between accounts, and go in order of arrival within an account.
 */
export function createFairLine<T extends Place>() {
  const known = emptyLane<T>()
  const unknown = emptyLane<T>()
  let wasKnown = false

  const laneOf = ({ isKnown }: Pick<Place, 'isKnown'>) => (isKnown ? known : unknown)

  function firstOf({ groups }: Lane<T>, matches: (caller: T) => boolean): T | undefined {
    for (const { accounts } of groups.values())
      for (const callers of accounts.values()) for (const caller of callers) if (matches(caller)) return caller
    return undefined
  }

  const first = (matches: (caller: T) => boolean): T | undefined =>
    firstOf(laneOf({ isKnown: !wasKnown }), matches) ?? firstOf(laneOf({ isKnown: wasKnown }), matches)

  return {
    /** How many known or unknown callers wait. */
    size: (isKnown: boolean) => laneOf({ isKnown }).size,

    add(caller: T) {
      const lane = laneOf(caller)
      const group = lane.groups.get(caller.prefix) ?? { size: 0, accounts: new Map<string, Set<T>>() }
      lane.groups.set(caller.prefix, group)
      const callers = group.accounts.get(caller.account) ?? new Set<T>()
      group.accounts.set(caller.account, callers)
      callers.add(caller)
      group.size++
      lane.size++
    },

    has: (caller: T): boolean =>
      laneOf(caller).groups.get(caller.prefix)?.accounts.get(caller.account)?.has(caller) ?? false,

    /** Removes a caller that waits. */
    remove(caller: T) {
      const lane = laneOf(caller)
      const group = lane.groups.get(caller.prefix) as Group<T>
      const callers = group.accounts.get(caller.account) as Set<T>
      callers.delete(caller)
      group.size--
      lane.size--
      if (callers.size === 0) group.accounts.delete(caller.account)
      if (group.size === 0) lane.groups.delete(caller.prefix)
    },

    /** The next caller that matches. */
    first,

    /** The same, which then has had its turn: its lane, group and account become the last. It still waits. */
    next(matches: (caller: T) => boolean): T | undefined {
      const caller = first(matches)
      if (!caller) return undefined
      wasKnown = caller.isKnown
      const { groups } = laneOf(caller)
      const { accounts } = toEnd(groups, caller.prefix)
      toEnd(accounts, caller.account)
      return caller
    },

    /**
     * The caller that has to leave for one at `place`: the newest of the prefix with the most callers, if these are at
     * least two more than those of `place`; otherwise the newest of the account with the most at the same prefix, by
     * the same rule. With `ofUnknown`, only unknown callers have to leave.
     */
    victim(place: Place, ofUnknown: boolean): T | undefined {
      const own = laneOf(place).groups.get(place.prefix)
      const others = [...unknown.groups.values(), ...(ofUnknown ? [] : known.groups.values())]
      const most = largest(others)
      if (most && most.size >= (own?.size ?? 0) + 2) return newest(largest([...most.accounts.values()]))
      const callers = own && largest([...own.accounts.values()])
      const isCrowded = callers && callers.size >= (own.accounts.get(place.account)?.size ?? 0) + 2
      return isCrowded ? newest(callers) : undefined
    }
  }
}

function toEnd<V>(map: Map<string, V>, key: string): V {
  const value = map.get(key) as V
  map.delete(key)
  map.set(key, value)
  return value
}

const largest = <S extends { size: number }>(sets: S[]): S | undefined =>
  sets.reduce<S | undefined>((most, one) => (most === undefined || one.size >= most.size ? one : most), undefined)

const newest = <T>(callers: Set<T> | undefined): T | undefined => callers && [...callers].at(-1)
