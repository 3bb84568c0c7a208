import type { JsonObject } from '../json/patch.ts'

/** An object as the text that a person reads and edits. */
export const textOf = (value: JsonObject) => JSON.stringify(value, null, 2)

/** An object to read. */
export const JsonText = ({ value }: { value: JsonObject }) => <pre>{textOf(value)}</pre>
