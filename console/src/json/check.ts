import { addedNull, isObject, type JsonObject } from './patch.ts'
import { pointerOf } from './pointer.ts'
import { JsonFault, readJson } from './read.ts'

/** The rules for an object of an account. */
export interface Rules {
  maxBytes: number
  /** The members that are arrays of strings. */
  lists?: readonly string[]
}

/** An object, and what the server counts of it; without `fault`, the server accepts its form. */
export interface Checked {
  object: JsonObject | undefined
  bytes: number | undefined
  fault: JsonFault | undefined
  /** The place of the members, by JSON Pointer. */
  places: ReadonlyMap<string, number>
}

/** Reads the JSON of an object that replaces `before`. */
export function check(text: string, { maxBytes, lists = [] }: Rules, before: JsonObject): Checked {
  try {
    const { value, places } = readJson(text)
    if (!isObject(value)) throw new JsonFault('object', 0)
    const bytes = new TextEncoder().encode(JSON.stringify(value)).length
    const faultAt = (wrong: 'list' | 'null', path: string[]) =>
      new JsonFault(wrong, Number(places.get(pointerOf(path))), path.join('/'))
    const list = lists.find(name => Object.hasOwn(value, name) && !isListOfTexts(value[name]))
    const added = addedNull(before, value)
    const fault = list ? faultAt('list', [list]) : added && faultAt('null', added)
    return { object: value, bytes, places, fault: fault ?? (bytes > maxBytes ? new JsonFault('size', 0) : undefined) }
  } catch (fault) {
    return { object: undefined, bytes: undefined, places: new Map(), fault: fault as JsonFault }
  }
}

const isListOfTexts = (value: unknown) => Array.isArray(value) && value.every(item => typeof item === 'string')

/** The line and the column of a character of `text`, each from 1. */
export function placeOf(text: string, at: number): { line: number; column: number } {
  const lines = text.slice(0, at).split('\n')
  return { line: lines.length, column: String(lines.at(-1)).length + 1 }
}
