import { and, asc, desc, eq, gt, isNotNull, isNull, type SQL } from 'drizzle-orm'
import type { Engine } from '../engine/dialect.ts'
import type { AuditRow } from './events.ts'
import { mostSealed, type Seal } from './seals.ts'

/** How many seals are read at a time. */
const pageSeals = 100

/** Reads of seals and of events in the order of their seals. */
export function createSealOrder({ db, schema }: Pick<Engine, 'db' | 'schema'>) {
  const { audit, seals } = schema
  /** Events that no seal covers. */
  const unsealed = schema.seldom(isNull(audit.seal))

  /** A number past 53 bits cannot be queried, because it would be mistaken for another. */
  const sealsAfter = async (after?: number): Promise<Seal[]> =>
    after !== undefined && !Number.isSafeInteger(after)
      ? []
      : await db
          .select()
          .from(seals)
          .where(after === undefined ? undefined : gt(seals.number, after))
          .orderBy(asc(seals.number))
          .limit(pageSeals)

  /** Events by the number of the seal and their own, which is the order of an index. */
  const read = async (which: SQL | undefined, limit = mostSealed): Promise<AuditRow[]> =>
    await db.select().from(audit).where(which).orderBy(asc(audit.seal), asc(audit.seq)).limit(limit)

  /** Sealed events after this one. SQLite would read all events of a seal to find those after one in the middle. */
  async function sealedAfter(after?: Pick<AuditRow, 'seal' | 'seq'>, limit?: number): Promise<AuditRow[]> {
    if (after?.seal == null) return read(isNotNull(audit.seal), limit)
    const ofSame = await read(and(schema.seldom(eq(audit.seal, after.seal)), gt(audit.seq, after.seq)), limit)
    return ofSame.length > 0 ? ofSame : read(gt(audit.seal, after.seal), limit)
  }

  /** Events without a seal after number `after`, or from the first. */
  const unsealedAfter = (after?: number) => read(and(unsealed, after === undefined ? undefined : gt(audit.seq, after)))

  const oldest = async () => (await db.select().from(seals).orderBy(asc(seals.number)).limit(1))[0]
  const newest = async () => (await db.select().from(seals).orderBy(desc(seals.number)).limit(1))[0]

  return { unsealed, sealsAfter, read, sealedAfter, unsealedAfter, oldest, newest }
}
