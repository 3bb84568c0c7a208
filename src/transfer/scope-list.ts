import { assertScopes } from '../auth/scopes.ts'
import { invalidMember } from '../errors.ts'

/** PostgreSQL's text of an array whose names need no quotation marks: `{me,items}`. */
const postgresArray = /^\{(?!(?:.*,)?NULL[,}])([^\s{}",\\]+(?:,[^\s{}",\\]+)*)?\}$/

/**
 * The scopes that `value` names, each once: a list, names with blanks between them, or what PostgreSQL writes for a list;
 * an empty text is no scope at all. Throws a Problem about `/scopes` for anything else.
 */
export function scopesIn(value: unknown): string[] {
  const names = typeof value === 'string' ? namesIn(value) : value
  if (!Array.isArray(names) || !names.every(name => typeof name === 'string'))
    throw invalidMember('/scopes', 'is neither a list of names nor a text')
  const scopes = [...new Set<string>(names)]
  assertScopes(scopes)
  return scopes
}

function namesIn(text: string): string[] | undefined {
  const [array, names] = postgresArray.exec(text) ?? []
  if (array !== undefined) return names === undefined ? [] : names.split(',')
  // The beginning of a list in some other language is no name.
  return /^[[{]/.test(text) ? undefined : text.split(' ').filter(name => name !== '')
}
