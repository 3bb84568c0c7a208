import { existsSync, statfsSync } from 'node:fs'

const path = '/dev/shm'
const neededBytes = 4_000_000_000

/**
 * A folder for temporary files in memory, where syncing costs nothing; `undefined` on a system without one, or with
 * little space in it.
 */
export function memoryFolder(): string | undefined {
  if (!existsSync(path)) return undefined
  const { bavail, bsize } = statfsSync(path)
  return bavail * bsize > neededBytes ? path : undefined
}
