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

/** The names of columns of a source, and what to call it. */
interface Named {
  name: string
  columns: string[] | undefined
}

/**
 * What of `optional` the source can serve, and all of `required`, by the names that it has: blanks around a name and its
 * case do not matter. Throws a Problem when it has not the columns that `required` reads, or two for one, or when nothing
 * tells who somebody is, or what their password is.
 */
export function fitMapping(
  { name, columns }: Named,
  { optional, required }: { optional: Mapping; required: Mapping }
): Mapping {
  if (columns === undefined) return { ...optional, ...required }
  const listed = `${name} has the columns ${columns.join(', ')}`

  const find = (column: string): string | undefined => {
    const found = columns.filter(candidate => sameName(candidate, column))
    if (found.length > 1)
      throw new Problem(422, `${name} has more than one column ${column}: ${found.join(', ')}. Name one with --map.`)
    return found[0]
  }

  const mapping: Mapping = {}
  for (const [field, reading] of readingsOf(optional)) {
    if (required[field]) continue
    const found = reading.columns.flatMap(column => find(column) ?? [])
    if (found.length === reading.columns.length) mapping[field] = { ...reading, columns: found }
  }
  for (const [field, reading] of readingsOf(required)) {
    const found = reading.columns.map(column => {
      const exact = columns.includes(column) ? column : find(column)
      if (exact === undefined) throw new Problem(422, `There is no column ${column}: ${listed}.`)
      return exact
    })
    mapping[field] = { ...reading, columns: found }
  }
  const unread = !mapping.password_hash ? 'password_hash' : !mapping.username && !mapping.email ? 'username' : undefined
  if (unread) throw new Problem(422, `Nothing is read as ${unread}: ${listed}. Name one with --map ${unread}=COLUMN.`)
  return mapping
}

/** The columns that a source has and `mapping` does not read. */
export function unreadColumns({ columns = [] }: Named, mapping: Mapping): string[] {
  const read = new Set(columnsOf(mapping))
  return columns.filter(column => column !== '' && !read.has(column))
}

const sameName = (a: string, b: string) => a.trim().toLowerCase() === b.trim().toLowerCase()
const readingsOf = (mapping: Mapping) => Object.entries(mapping) as [Field, Reading][]
