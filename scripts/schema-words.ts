import { markdownTable } from './markdown-table.ts'

/** The keywords of JSON Schema that the API document uses. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  description?: string
  format?: string
  enum?: string[]
  anyOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  default?: unknown
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
  minProperties?: number
}

/** The name of the object that a `$ref` refers to. */
export const nameOf = (ref: string) => ref.slice(ref.lastIndexOf('/') + 1)

/** The type in words, with a link to an object. */
export function typeOf(schema: Schema): string {
  const { $ref, anyOf, enum: values, type = 'any', format, items } = schema
  if ($ref) return `[${nameOf($ref)}](#${nameOf($ref).toLowerCase()})`
  if (anyOf) return anyOf.map(typeOf).join(' or ')
  // The only list this long has a table of its own.
  if (values && values.length > 20) return 'one of the [codes](#codes-of-problems)'
  if (values) return values.map(code).join(', ')
  if (items) return `array of ${typeOf(items)}`
  const note = format && format !== 'password' ? ` (${format})` : ''
  return [type]
    .flat()
    .map(name => (name === 'null' ? name : `${name}${note}`))
    .join(' or ')
}

/** The limits of a schema in words; an item of a list or one of two types has its own limits. */
export function limitsOf(schema: Schema): string | undefined {
  const { minLength, maxLength, minimum, maximum, minItems, maxItems, anyOf = [], items } = schema
  const limits = [
    range(minLength, maxLength, 'characters'),
    range(minimum, maximum, ''),
    range(minItems, maxItems, 'items'),
    ...anyOf.map(limitsOf),
    items && limitsOf(items) && `each ${limitsOf(items)}`,
    schema.default === undefined ? undefined : `default ${code(String(schema.default))}`
  ].filter(limit => limit)
  return limits.length > 0 ? limits.join(', ') : undefined
}

function range(least: number | undefined, most: number | undefined, unit: string): string | undefined {
  if (least === undefined && most === undefined) return undefined
  const text =
    most === undefined ? `at least ${least}` : least === undefined ? `at most ${most}` : `${least} to ${most}`
  return `${text} ${unit}`.trimEnd()
}

/** Text in the type of code. */
export const code = (text: string) => `\`${text}\``

/** Parts of a cell, the missing ones left out. */
export const cell = (parts: (string | undefined)[]) => parts.filter(part => part).join('; ')

/** A table of the members of an object. */
export const memberTable = ({ properties = {}, required = [] }: Schema) =>
  markdownTable(
    ['member', 'type', 'description'],
    Object.entries(properties).map(([name, schema]) => [
      code(name),
      `${typeOf(schema)}${required.includes(name) ? '' : ', optional'}`,
      describeMember(schema)
    ])
  )

/**
 * The first line of the description. One that counts characters is about the value as it is stored; the schema allows
 * more before that.
 */
function describeMember(schema: Schema): string {
  const description = schema.description?.split(/:?\n/, 1)[0]
  return cell([description, description?.includes('characters') ? undefined : limitsOf(schema)])
}
