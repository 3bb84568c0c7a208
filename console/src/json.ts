export type JsonObject = Record<string, unknown>

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The line and the column, each from 1, at which `text` stops being JSON; `undefined` if it is JSON. */
export function faultIn(text: string): { line: number; column: number } | undefined {
  let at = 0
  /** Goes on behind what `token`, a sticky expression, finds here. */
  function take(token: RegExp): boolean {
    token.lastIndex = at
    const found = token.exec(text)?.[0]
    at += found?.length ?? 0
    return found !== undefined
  }
  const skip = () => take(/[ \t\n\r]*/y)
  const takeText = () => take(/"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y)
  const takeName = () => takeText() && skip() && take(/:/y)
  function takeValue(): boolean {
    skip()
    const end = take(/\{/y) ? /\}/y : take(/\[/y) ? /\]/y : undefined
    if (!end) return takeText() || take(/true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y)
    const isObject = end.source === '\\}'
    skip()
    if (take(end)) return true
    do {
      skip()
      if ((isObject && !takeName()) || !takeValue()) return false
      skip()
    } while (take(/,/y))
    return take(end)
  }
  if (takeValue() && skip() && at === text.length) return undefined
  const lines = text.slice(0, at).split('\n')
  return { line: lines.length, column: String(lines.at(-1)).length + 1 }
}

/** The object that `text` is; `undefined` if it is another value. `text` has to be JSON. */
export function objectIn(text: string): JsonObject | undefined {
  const value: unknown = JSON.parse(text)
  return isObject(value) ? value : undefined
}

/** The merge patch (RFC 7396) that makes `after` of `before`: a member that `after` lacks is `null`. */
export function patchOf(before: JsonObject, after: JsonObject): JsonObject {
  const removed = Object.keys(before).filter(name => !Object.hasOwn(after, name))
  const changed = Object.entries(after).filter(
    ([name, value]) => JSON.stringify(before[name]) !== JSON.stringify(value)
  )
  return Object.fromEntries([
    ...removed.map(name => [name, null]),
    ...changed.map(([name, value]) => {
      const old = before[name]
      return [name, isObject(old) && isObject(value) ? patchOf(old, value) : value]
    })
  ])
}
