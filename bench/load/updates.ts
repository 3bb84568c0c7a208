import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { UpdatesJob } from './jobs.ts'
import { warmUpShare } from './rate.ts'

const idleMs = 86_400_000
const update = {
  name: 'update',
  text: `UPDATE sessions SET counter = counter + 1, rotated_at = $3, last_used_at = $3, idle_expires_at = $4
         WHERE id = $1 AND counter = $2 AND revoked_at IS NULL AND expires_at > $3 AND idle_expires_at > $3
         RETURNING id`
}

/** Updates the newest sessions for a while, with the statement that is the core of a refresh. */
export async function measureUpdates(job: UpdatesJob): Promise<{ perSecond: number }> {
  const { databaseUrl, clients, connections, seconds } = job
  const pool = new pg.Pool({ connectionString: databaseUrl, max: connections })
  const sessions = 'SELECT id, counter FROM sessions ORDER BY created_at DESC LIMIT $1'
  const { rows } = await pool.query<{ id: string; counter: number }>(sessions, [clients])
  let [updates, isOver] = [0, false]

  async function updateContinuously({ id, counter }: { id: string; counter: number }) {
    for (let next = counter; !isOver; next++) {
      const now = Date.now()
      const values = [id, next, new Date(now), new Date(now + idleMs)]
      const { rowCount } = await pool.query({ ...update, values })
      if (rowCount !== 1) throw new Error(`The session ${id} is no longer at ${next}`)
      updates++
    }
  }

  async function watch() {
    await sleep(seconds * warmUpShare * 1000)
    updates = 0
    const begin = performance.now()
    await sleep(seconds * 1000)
    isOver = true
    return { perSecond: (updates * 1000) / (performance.now() - begin) }
  }

  const [result] = await Promise.all([watch(), ...rows.map(updateContinuously)])
  await pool.end()
  return result
}
