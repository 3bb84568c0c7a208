import { asc, eq, lt } from 'drizzle-orm'
import type { Engine, Schema } from './engine/dialect.ts'

/** A process of the server: where it runs, since when, and when it last wrote its row. */
export type NodeRow = Schema['nodes']['$inferSelect']

export type NodeStore = ReturnType<typeof createNodeStore>

/** How many nodes `all` returns. */
const most = 100

/** Reads and writes of the table `nodes`. */
export function createNodeStore({ db, schema, atomic }: Engine) {
  const { nodes } = schema
  return {
    /** Writes the row of a node that runs. */
    async renew({ id, ...node }: NodeRow) {
      await atomic(tx => [
        tx
          .insert(nodes)
          .values({ id, ...node })
          .onConflictDoUpdate({ target: nodes.id, set: node })
          .returning({ id: nodes.id })
      ])
    },

    /** Removes the row of a node that stops. */
    async remove(id: string) {
      await atomic(tx => [tx.delete(nodes).where(eq(nodes.id, id)).returning({ id: nodes.id })])
    },

    /** Removes the rows that were last written before `time`. */
    async forget(time: Date) {
      await atomic(tx => [tx.delete(nodes).where(lt(nodes.seenAt, time)).returning({ id: nodes.id })])
    },

    /** The version and the features of each node. */
    async features() {
      return await db.select({ version: nodes.version, features: nodes.features }).from(nodes)
    },

    /** Up to a hundred nodes, by host and age. */
    async all(): Promise<NodeRow[]> {
      return await db.select().from(nodes).orderBy(asc(nodes.host), asc(nodes.startedAt), asc(nodes.id)).limit(most)
    }
  }
}
