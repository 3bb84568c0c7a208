import { invalidMember } from './errors.ts'

/** The media types of the body of a route: those that its schema names, or JSON. */
export const bodyTypes = (schema: { consumes?: readonly string[] } | undefined) =>
  schema?.consumes ?? ['application/json']

/** Names that code which copies objects may take for the prototype of the copy. */
const dangerous = ['__proto__', 'constructor', 'prototype']

/** The brackets and commas of valid JSON, and its strings, with the colon after the name of a member. */
const token = /"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|[{}[\],]/g

/**
 * Throws a 400 about the first member of `json`, valid JSON, whose name its object has twice (RFC 8259 §4), since
 * parsers differ in which of the two they keep, or whose name means the prototype of an object.
 */
export function assertNames(json: string) {
  /** The objects and arrays around the current place: the names so far, and the current name or index. */
  const path: { names: Set<string> | undefined; at: string | number }[] = []
  for (const [text, escaped, colon] of json.matchAll(token)) {
    const around = path.at(-1)
    if (colon !== undefined && around?.names) {
      around.at = JSON.parse(`"${escaped}"`) as string
      const isTwice = around.names.has(around.at)
      if (isTwice || dangerous.includes(around.at))
        throw invalidMember(pointerOf(path.map(({ at }) => at)), isTwice ? 'is there twice' : 'is not allowed')
      around.names.add(around.at)
    } else if (text === '{') path.push({ names: new Set(), at: '' })
    else if (text === '[') path.push({ names: undefined, at: 0 })
    else if (text === ']' || text === '}') path.pop()
    else if (text === ',' && typeof around?.at === 'number') around.at++
  }
}

/** The value of `json`. Throws a SyntaxError, and what `assertNames` throws. */
export function parseJson(json: string): unknown {
  const value: unknown = JSON.parse(json)
  assertNames(json)
  return value
}

/** The JSON Pointer (RFC 6901) of the member or item that `path` leads to. */
export const pointerOf = (path: (string | number)[]) =>
  path.map(step => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** Whether a JSON value is an object. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
