import { CommandError } from '../base/errors.ts'

/** The exported fields of an account, in the order of the columns. */
export const exportFields = [
  'id',
  'username',
  'email',
  'email_verified',
  'full_name',
  'password_hash',
  'scopes',
  'disabled',
  'created_at',
  'data',
  'claims',
  'invited_at',
  'locale'
] as const

/** The fields that an import reads: also the opposite of `disabled`, and what an export does not have. */
export const importFields = [
  ...exportFields,
  'active',
  'superuser',
  'identities',
  'totp_secret',
  'second_factor'
] as const

export type Field = (typeof importFields)[number]

/** Where a field comes from: columns of the source, and a function of their values and the current time. */
export interface Reading {
  columns: string[]
  /** Whether one of the columns is enough; the value of a missing one is `undefined`. */
  isPartial?: boolean
  read(values: unknown[], now: Date): unknown
}

/** How each field is read; a missing one is not imported. */
export type Mapping = Partial<Record<Field, Reading>>

/** A mapping of each field to one column, whose value is used unchanged. */
export const byColumn = (names: Partial<Record<Field, string>>): Mapping =>
  Object.fromEntries(
    Object.entries(names).map(([field, name]) => [field, { columns: [name], read: ([value]) => value } as Reading])
  )

/** A function that reads fields of `record` by `mapping`; `undefined` for a field that it does not read. */
export const fieldsOf = (mapping: Mapping, record: Record<string, unknown>, now: Date) => (field: Field) => {
  const reading = mapping[field]
  return reading?.read(
    reading.columns.map(column => record[column]),
    now
  )
}

/** The columns that a mapping reads, first those that identify a row. */
export const columnsOf = (mapping: Mapping) => [
  ...new Set(importFields.flatMap(field => mapping[field]?.columns ?? []))
]

/** The column names of a source, and its own name for messages. */
interface Named {
  name: string
  columns: string[] | undefined
}

/**
 * The readings of `optional` whose columns exist and all of `required`, with the column names as the source spells
 * them. Names match without regard to case and surrounding whitespace. Throws a CommandError when a column of
 * `required` is missing or ambiguous, or when there is no column for the password or the user.
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
      throw new CommandError(`${name} has more than one column ${column}: ${found.join(', ')}. Choose one with --map.`)
    return found[0]
  }

  const mapping: Mapping = {}
  for (const [field, reading] of readingsOf(optional)) {
    if (required[field]) continue
    const columns = reading.columns.map(find)
    const found = columns.flatMap(column => column ?? [])
    if (found.length === columns.length) mapping[field] = { ...reading, columns: found }
    else if (reading.isPartial && found.length > 0)
      mapping[field] = {
        columns: found,
        read: (values, now) =>
          reading.read(
            columns.map(name => values[found.indexOf(String(name))]),
            now
          )
      }
  }
  for (const [field, reading] of readingsOf(required)) {
    const found = reading.columns.map(column => {
      const exact = columns.includes(column) ? column : find(column)
      if (exact === undefined) throw new CommandError(`There is no column ${column}: ${listed}.`)
      return exact
    })
    mapping[field] = { ...reading, columns: found }
  }
  const unread = !mapping.password_hash ? 'password_hash' : !mapping.username && !mapping.email ? 'username' : undefined
  if (unread) throw new CommandError(`No column for ${unread}: ${listed}. Choose one with --map ${unread}=COLUMN.`)
  return mapping
}

/** The columns of a source that `mapping` does not read. */
export function unreadColumns({ columns = [] }: Named, mapping: Mapping): string[] {
  const read = new Set(columnsOf(mapping))
  return columns.filter(column => column !== '' && !read.has(column))
}

const sameName = (a: string, b: string) => a.trim().toLowerCase() === b.trim().toLowerCase()
const readingsOf = (mapping: Mapping) => Object.entries(mapping) as [Field, Reading][]
