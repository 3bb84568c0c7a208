/** A command was used incorrectly: exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** Throws a UsageError, also in an expression. */
export function misused(message: string): never {
  throw new UsageError(message)
}

/**
 * The entries of a comma-separated argument, without duplicates, after those of the same option before it. Throws a
 * UsageError for an entry with a space.
 */
export function list(text: string, before: string[] = []): string[] {
  const entries = text.split(',').flatMap(entry => entry.trim() || [])
  const wrong = entries.find(entry => /\s/.test(entry))
  if (wrong !== undefined) throw new UsageError(`${JSON.stringify(wrong)} has a space. Put commas between the entries.`)
  return [...new Set([...before, ...entries])]
}

/** The name of a file in an argument. Throws a UsageError when it is empty. */
export function fileName(text: string): string {
  if (text === '') throw new UsageError('The name of the file is empty.')
  return text
}
