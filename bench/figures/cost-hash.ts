import { loadBcrypt } from '../../src/bcrypt.ts'
import { account } from '../entrants/entrant.ts'

/** The mean processor time of one verification at a bcrypt cost, in milliseconds. */
export async function hashMs(cost: number, count: number): Promise<number> {
  const { hash, verify } = await loadBcrypt()
  const stored = await hash(account.password, cost, new Uint8Array(16))
  const begin = process.cpuUsage()
  for (let n = 0; n < count; n++) await verify(account.password, stored)
  const { user, system } = process.cpuUsage(begin)
  return (user + system) / 1000 / count
}
