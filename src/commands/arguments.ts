/** A command was used incorrectly: exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** The entries of a comma-separated argument, without duplicates. */
export const list = (text: string) => [...new Set(text.split(',').flatMap(entry => entry.trim() || []))]

/** The name of a file in an argument. Throws a UsageError when it is empty. */
export function fileName(text: string): string {
  if (text === '') throw new UsageError('The name of the file is empty.')
  return text
}
