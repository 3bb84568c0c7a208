import { assertScopes } from '../auth/scopes.ts'
import { invalidMember } from '../base/errors.ts'

/** A PostgreSQL array as text, whose elements need no quotation marks: `{me,items}`. */
const postgresArray = /^\{(?!(?:.*,)?NULL[,}])([^\s{}",\\]+(?:,[^\s{}",\\]+)*)?\}$/

/**
 * The scopes that `value` names, without duplicates: an array, names separated by spaces, or the text of a PostgreSQL
 * array; an empty text means no scopes. Throws a Problem about `/scopes` for anything else.
 */
export function scopesIn(value: unknown): string[] {
  const names = typeof value === 'string' ? namesIn(value) : value
  if (!Array.isArray(names) || !names.every(name => typeof name === 'string'))
    throw invalidMember('/scopes', 'must be a list of names or a string')
  const scopes = [...new Set<string>(names)]
  assertScopes(scopes)
  return scopes
}

function namesIn(text: string): string[] | undefined {
  const [array, names] = postgresArray.exec(text) ?? []
  if (array !== undefined) return names === undefined ? [] : names.split(',')
  // An array in another notation is not a list of names.
  return /^[[{]/.test(text) ? undefined : text.split(' ').filter(name => name !== '')
}
