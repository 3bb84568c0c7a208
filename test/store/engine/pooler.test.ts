import type pg from 'pg'
import t from 'tap'
import { isPooled } from '../../../src/store/engine/pooler.ts'

/** A client that is told the id `processID`, and whose transactions have connections to processes with these ids. */
function createClient(processID: number | null, ...pids: number[]) {
  const state = { isEnded: false }
  const query = async (text: string) => ({ rows: [{ pid: text === 'BEGIN' ? 0 : pids.shift() }] })
  const end = async () => {
    state.isEnded = true
  }
  return { client: { processID, query, end } as unknown as pg.Client, state }
}

/** Whether a pooler is found with these clients, and whether the second one has ended. */
async function find({ client }: ReturnType<typeof createClient>, other = createClient(null)) {
  return [await isPooled(client, async () => other.client), other.state.isEnded]
}

t.test('PostgreSQL itself tells a client the id of its process', async t => {
  t.strictSame(await find(createClient(7, 7)), [false, false], 'without a second client')
})

t.test('A pooler lends the connection of one client to another', async t => {
  t.strictSame(await find(createClient(1, 7), createClient(2, 7)), [true, true])
  t.strictSame(await find(createClient(1, 7, 9), createClient(2, 8)), [true, true], 'or takes it away')
  t.strictSame(await find(createClient(null, 7), createClient(null, 7)), [true, true], 'a pooler that tells no id')
})

t.test('A proxy with ids of its own, whose clients keep their connections, is no pooler', async t => {
  t.strictSame(await find(createClient(1, 7, 7), createClient(2, 8)), [false, true])
})
