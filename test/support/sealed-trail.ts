import type { Test } from 'tap'
import { createSealKey } from '../../src/auth/audit/seal-key.ts'
import type { AuditRow } from '../../src/store/audit/events.ts'
import { type Link, linkOf, type Seal } from '../../src/store/audit/seals.ts'
import type { EngineName } from './engines.ts'
import { at, createStore, event, execute, openEngine } from './store.ts'

/** The key of the seals below, and another one. */
export const sealKey = createSealKey('a secret of the tests, 32 bytes or more')
export const otherKey = createSealKey('another secret of the tests, 32 bytes')
export const trusted = [sealKey.publicKey]

/** A value of the column `at` that no event can have. */
export const noTime = (engine: EngineName) => (engine === 'sqlite' ? "'soon'" : "'infinity'")

/** The time at which the seals below are made. */
export const sealedAt = (number: number) => at(3 * number + 1)

/** The time of the newest event that a seal below covers. */
export const newestAt = (number: number) => at(3 * number)

/**
 * An audit trail of three events for each of `seals` seals, one second apart, with every member. `tamper` runs
 * statements against the database, bypassing the store, and undoes their effect after `look`.
 */
export async function createSealedTrail(t: Test, engine: EngineName, { seals = 3 }: { seals?: number } = {}) {
  const { url, store } = await createStore(t, engine)
  const { audit } = store
  for (let n = 1; n <= 3 * seals; n++) {
    const about = { actor: 'alice', subject: 'bob', clientId: 'web', ip: '192.0.2.1', detail: { n } }
    await audit.record(event('changed', { at: at(n), ...about }))
    if (n % 3 === 0) await audit.seal(sealKey, sealedAt(n / 3))
  }
  const { db, schema } = openEngine(t, url)

  const rows = async (): Promise<AuditRow[]> => await db.select().from(schema.audit).orderBy(schema.audit.seq)
  const allSeals = async (): Promise<Seal[]> => await db.select().from(schema.seals).orderBy(schema.seals.number)
  async function replace(events: AuditRow[], seals: Seal[]) {
    await db.delete(schema.audit)
    await db.delete(schema.seals)
    if (events.length > 0) await db.insert(schema.audit).values(events)
    if (seals.length > 0) await db.insert(schema.seals).values(seals)
  }

  return {
    url,
    store,
    audit,
    rows,
    seals: allSeals,
    seqs: async () => (await rows()).map(({ seq }) => seq),
    linkOf: async (number: number): Promise<Link> =>
      linkOf((await allSeals()).find(seal => seal.number === number) as Seal),
    verify: (noted?: Link, keys = trusted) => audit.verify(keys, noted),
    /** What verification finds. */
    fault: async (noted?: Link, keys = trusted) => {
      const { broken } = await audit.verify(keys, noted)
      return broken && `${broken.what} ${broken.fault}`
    },
    replace,
    async tamper<T>(change: string | ((rows: AuditRow[], seals: Seal[]) => Promise<unknown>), look: () => Promise<T>) {
      const [events, before] = [await rows(), await allSeals()]
      if (typeof change === 'string') await execute(url, change)
      else await change(events, before)
      try {
        return await look()
      } finally {
        await replace(events, before)
      }
    },
    db,
    schema
  }
}
