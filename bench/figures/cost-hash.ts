import { hash, verify } from '@node-rs/bcrypt'
import { account } from '../entrants/entrant.ts'

/** The mean processor time of one verification at a bcrypt cost, in milliseconds. */
export async function hashMs(cost: number, count: number): Promise<number> {
  const stored = await hash(account.password, cost)
  const begin = process.cpuUsage()
  for (let n = 0; n < count; n++) await verify(account.password, stored)
  const { user, system } = process.cpuUsage(begin)
  return (user + system) / 1000 / count
}
