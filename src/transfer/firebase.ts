import { readFileSync } from 'node:fs'
import { CommandError } from '../base/errors.ts'
import { isGiven } from './values.ts'

/** Returns the hash that Sallyport verifies, of a hash and its salt in an export of Firebase, in base64. */
export type FirebaseHash = (hash: unknown, salt: unknown) => string | undefined

const base64 = (text: unknown) => String(text).replaceAll('-', '+').replaceAll('_', '/')

/**
 * Reads the hash parameters of a Firebase project, as its console shows them, from `file`. Throws a CommandError about
 * a file that cannot be read or lacks one.
 */
export function readFirebaseParameters(file: string): FirebaseHash {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new CommandError(`Cannot read ${file} (${(error as NodeJS.ErrnoException).code}).`)
  }
  const parameter = (name: string, form: RegExp) => {
    const [, value = ''] = new RegExp(`\\b${name}"?\\s*:\\s*"?([\\w+/=-]*)`).exec(text) ?? []
    if (!form.test(base64(value)))
      throw new CommandError(
        `${file} has no valid ${name}. Copy the password hash parameters from the users of the project in Firebase's console.`
      )
    return base64(value)
  }
  const signer = parameter('base64_signer_key', /^[\w+/]{86}==$/)
  const separator = parameter('base64_salt_separator', /^[\w+/]{0,22}={0,2}$/)
  const rounds = parameter('rounds', /^[1-9]\d{0,2}$/)
  const memory = parameter('mem_cost', /^[1-9]\d?$/)
  return (hash, salt) =>
    isGiven(hash)
      ? `$firebase-scrypt$ln=${memory},r=${rounds}$${separator}$${signer}$${base64(salt ?? '')}$${base64(hash)}`
      : undefined
}
