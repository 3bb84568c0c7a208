import { hashProblem } from '../auth/hashing/stored-hashes.ts'
import { CommandError } from '../base/errors.ts'
import { columnsOf, fieldsOf, type Mapping } from '../transfer/mapping.ts'
import type { Source } from '../transfer/source.ts'
import { isGiven } from '../transfer/values.ts'

/**
 * Whether `password` fits the hash of the row whose username or address is `name`. Throws a CommandError if there is no
 * such row, or its hash cannot be verified.
 */
export async function checkHash(
  source: Source,
  mapping: Mapping,
  {
    name,
    password,
    verify
  }: { name: string; password: string; verify: (password: string, hash: string) => Promise<boolean> }
): Promise<boolean> {
  for await (const row of source.rows(columnsOf(mapping))) {
    if ('problem' in row) continue
    const value = fieldsOf(mapping, row.record, new Date())
    const names = [value('username'), value('email')].filter(isGiven).map(String)
    if (!names.some(one => one.toLowerCase() === name.toLowerCase())) continue
    const hash = String(value('password_hash') ?? '')
    const problem = hashProblem(hash)
    if (problem !== undefined) throw new CommandError(`The hash of ${name} ${problem}.`)
    return await verify(password, hash)
  }
  throw new CommandError(`${source.name} has no row with the username or the address ${name}.`)
}
