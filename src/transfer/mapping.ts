import { Problem } from '../errors.ts'

/** What an export has of an account, in the order of its columns. */
export const exportFields = [
  'id',
  'username',
  'email',
  'email_verified',
  'full_name',
  'password_hash',
  'scopes',
  'disabled',
  'created_at'
] as const

/** What an import reads: the same, the opposite of `disabled`, and who was an administrator. */
export const importFields = [...exportFields, 'active', 'superuser'] as const

export type Field = (typeof importFields)[number]

/** Where a field comes from: columns of the source, and what their values say at the time `now`. */
export interface Reading {
  columns: string[]
  read(values: unknown[], now: Date): unknown
}

export type Mapping = Partial<Record<Field, Reading>>

/** Fields that have a column each, which holds the value as it is. */
export const byColumn = (names: Partial<Record<Field, string>>): Mapping =>
  Object.fromEntries(
    Object.entries(names).map(([field, name]) => [field, { columns: [name], read: ([value]) => value } as Reading])
  )

/** The columns that a mapping reads: first those by which a row can be told from the others. */
export const columnsOf = (mapping: Mapping) => [
  ...new Set(importFields.flatMap(field => mapping[field]?.columns ?? []))
]

/**
 * What of `optional` the source can serve, and all of `required`. Throws a Problem when it lacks the columns that
 * `required` reads, or when nothing tells who somebody is, or what their password is.
 */
export function fitMapping(
  { name, columns }: { name: string; columns: string[] | undefined },
  { optional, required }: { optional: Mapping; required: Mapping }
): Mapping {
  if (columns === undefined) return { ...optional, ...required }
  const has = (column: string) => columns.includes(column)
  const listed = `${name} has the columns ${columns.join(', ')}`
  const missing = columnsOf(required).find(column => !has(column))
  if (missing !== undefined) throw new Problem(422, `There is no column ${missing}: ${listed}.`)
  const served = Object.entries(optional).filter(([, reading]) => reading.columns.every(has))
  const mapping: Mapping = { ...Object.fromEntries(served), ...required }
  const unread = !mapping.password_hash ? 'password_hash' : !mapping.username && !mapping.email ? 'username' : undefined
  if (unread) throw new Problem(422, `Nothing is read as ${unread}: ${listed}. Name one with --map ${unread}=COLUMN.`)
  return mapping
}
