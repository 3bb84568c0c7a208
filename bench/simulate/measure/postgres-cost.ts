import pg from 'pg'
import { cpuSeconds } from '../../usage.ts'
import { openWorker, type Worker } from './lists.ts'

/** A running PostgreSQL server; `pid` is its process. */
export interface Server {
  url: string
  pid: number
}

/** What one execution of a list of statements costs. */
export interface Cost {
  /** Processor time of PostgreSQL, in microseconds. */
  serverMicros: number
  /** Processor time of the Node.js process that sends the list and reads the answers, in microseconds. */
  clientMicros: number
  walBytes: number
  /** Pages of 8 KiB that the write-ahead log holds whole. */
  wholePages: number
}

/** How to measure: what to run before and while measuring, how often, and the number of workers. */
export interface Run {
  send: (worker: Worker) => Promise<unknown>
  count: number
  warmUp?: number
  workers?: number
}

/**
 * The mean cost of one list, of which each worker runs one at a time. A checkpoint comes first, so the first change of
 * a page writes it whole to the log if `full_page_writes` is on.
 */
export async function costOf({ url, pid }: Server, { send, count, warmUp = 200, workers = 10 }: Run): Promise<Cost> {
  const all = Array.from({ length: workers }, () => openWorker(url))
  let next = 0
  const runUntil = (limit: number) =>
    Promise.all(
      all.map(async worker => {
        while (next < limit) {
          next++
          await send(worker)
        }
      })
    )
  // The first lists prepare the statements on every connection.
  await runUntil(warmUp)
  await query(url, 'CHECKPOINT')
  const before = await log(url)
  const [server, client] = [cpuSeconds(pid) ?? Number.NaN, process.cpuUsage()]
  await runUntil(warmUp + count)
  const used = process.cpuUsage(client)
  const serverSeconds = (cpuSeconds(pid) ?? Number.NaN) - server
  // A connection reports its statistics when it ends.
  await Promise.all(all.map(worker => worker.close()))
  const after = await log(url)
  return {
    serverMicros: (serverSeconds * 1e6) / count,
    clientMicros: (used.user + used.system) / count,
    walBytes: (after.bytes - before.bytes) / count,
    wholePages: (after.pages - before.pages) / count
  }
}

/** The bytes that were ever written to the log, and the whole pages among them. */
async function log(url: string) {
  const [row] = await query<{ bytes: string; pages: string }>(
    url,
    `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') AS bytes, wal_fpi AS pages FROM pg_stat_wal`
  )
  return { bytes: Number(row?.bytes), pages: Number(row?.pages) }
}

/** Runs SQL on a connection of its own. */
export async function query<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client(url)
  await client.connect()
  const { rows } = await client.query<Row>(text)
  await client.end()
  return rows
}
