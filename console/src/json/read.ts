import { pointerOf, type Step } from './pointer.ts'

/** A fault of a text, at one of its characters. `member` is the path of the member that it is about. */
export class JsonFault extends Error {
  readonly wrong: Wrong
  readonly at: number
  readonly member: string

  constructor(wrong: Wrong, at: number, member = '') {
    super(wrong)
    this.wrong = wrong
    this.at = at
    this.member = member
  }
}

/** The first line is about what is missing at a place, the second about a member, and the third about the whole. */
export type Wrong =
  | ('value' | 'name' | 'text' | 'colon' | 'member' | 'item' | 'end')
  | ('number' | 'deep' | 'twice' | 'dangerous' | 'list' | 'null')
  | ('object' | 'size')

/** The server refuses deeper ones, and names that code which copies objects may take for a prototype. */
const deepest = 8
const dangerous = ['__proto__', 'constructor', 'prototype']

/**
 * The value of `text`, which is JSON, and the place of each member and item by its JSON Pointer (RFC 6901). Throws a
 * JsonFault about the first fault.
 */
export function readJson(text: string): { value: unknown; places: ReadonlyMap<string, number> } {
  const places = new Map<string, number>()
  let at = 0

  /** The next token, if it is one of these. `token` is a sticky expression. */
  function take(token: RegExp): string | undefined {
    token.lastIndex = at
    const found = token.exec(text)?.[0]
    at += found?.length ?? 0
    return found
  }
  const skip = () => take(/[ \t\n\r]*/y)
  const takeText = () => take(/"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y)
  const missing = (wrong: Wrong) => new JsonFault(text[at] === '"' ? 'text' : wrong, at)

  function readScalar(name: string) {
    const start = at
    const number = take(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y)
    if (number !== undefined && !isExact(Number(number))) throw new JsonFault('number', start, name)
    if (number === undefined && !(takeText() ?? take(/true|false|null/y))) throw missing('value')
  }

  function readName(names: Set<string>): string {
    const start = at
    const quoted = takeText()
    if (quoted === undefined) throw missing('name')
    const name = JSON.parse(quoted) as string
    if (names.has(name)) throw new JsonFault('twice', start, name)
    if (dangerous.includes(name)) throw new JsonFault('dangerous', start, name)
    names.add(name)
    skip()
    if (!take(/:/y)) throw new JsonFault('colon', at)
    skip()
    return name
  }

  function readValue(path: Step[]) {
    const bracket = take(/[[{]/y)
    if (!bracket) return readScalar(path.join('/'))
    if (path.length === deepest) throw new JsonFault('deep', at - 1, path.join('/'))
    const isObject = bracket === '{'
    const end = isObject ? /}/y : /]/y
    const names = new Set<string>()
    skip()
    if (take(end)) return
    let index = 0
    do {
      skip()
      const start = at
      const inner = [...path, isObject ? readName(names) : index++]
      places.set(pointerOf(inner), start)
      readValue(inner)
      skip()
    } while (take(/,/y))
    if (!take(end)) throw new JsonFault(isObject ? 'member' : 'item', at)
  }

  skip()
  readValue([])
  skip()
  if (at < text.length) throw new JsonFault('end', at)
  return { value: JSON.parse(text), places }
}

const isExact = (number: number) => (Number.isInteger(number) ? Number.isSafeInteger(number) : Number.isFinite(number))
