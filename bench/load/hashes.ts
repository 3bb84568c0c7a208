import { availableParallelism } from 'node:os'
import { loadBcrypt } from '../../src/wiring/bcrypt.ts'
import type { HashesJob } from './jobs.ts'

const password = 'correct horse battery staple'

/** The ceiling of logins: verifications a second, with as many at a time as there are cores. */
export async function measureHashes({ seconds }: HashesJob): Promise<{ perSecond: number }> {
  const { hash, verify } = await loadBcrypt()
  const stored = await hash(password, Number(process.env.BCRYPT_COST ?? 12), new Uint8Array(16))
  let done = 0
  const begin = performance.now()
  async function verifyUntilEnd() {
    while (performance.now() < begin + seconds * 1000) {
      if (!(await verify(password, stored))) throw new Error('The password is right, and was refused')
      done++
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, verifyUntilEnd))
  return { perSecond: (done * 1000) / (performance.now() - begin) }
}
