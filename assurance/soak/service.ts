import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Command } from '../../test/support/built.ts'
import { createPostgres } from '../../test/support/embedded-postgres.ts'
import { faultEnv, startProgram } from '../../test/support/faults.ts'
import { mountDisk } from '../support/disk.ts'
import { createNode } from './node.ts'
import type { Engine } from './options.ts'
import type { Teardowns } from './teardowns.ts'

export type Service = Awaited<ReturnType<typeof startService>>

/** More than an hour of writes. */
const diskMegabytes = 1024

/** Why there is no disk that can be filled. */
export const noDisk = process.getuid?.() === 0 ? undefined : 'not run: only root can mount a disk to fill'

/** The settings of a soak: limits that a client meets only when it guesses, and tokens that outlive every outage. */
const settings = { LOG_LEVEL: 'error', ACCESS_TOKEN_TTL: '86400', REFRESH_GRACE: '3600' }

/** SQLite has one machine, with two workers; PostgreSQL has two nodes. */
export async function startService(engine: Engine, teardowns: Teardowns) {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-soak-'))
  teardowns.teardown(() => rmSync(folder, { recursive: true }))
  const disk = engine === 'sqlite' && !noDisk ? mountDisk(teardowns, diskMegabytes) : undefined
  const postgres = engine === 'postgres' ? await createPostgres({ connections: 60 }) : undefined
  if (postgres) {
    teardowns.teardown(() => postgres.stop())
    await postgres.start()
  }
  const databaseUrl = postgres?.url ?? `sqlite:${disk?.path ?? join(folder, 'test.db')}`
  let [secret, secondSecret] = ['the first secret of the soak, 32 bytes', 'the second secret of the soak, 32 bytes']
  const env = () =>
    faultEnv({
      ...settings,
      DATABASE_URL: databaseUrl,
      WORKERS: engine === 'sqlite' ? '2' : '1',
      SECRET: secret,
      SECOND_SECRET: secondSecret
    })

  /** Runs a statement on PostgreSQL. */
  async function query(sql: string): Promise<void> {
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    await client.query(sql).finally(() => client.end())
  }

  const nodes = Array.from({ length: engine === 'sqlite' ? 1 : 2 }, () => createNode(teardowns, env))
  let turn = 0
  return {
    databaseUrl,
    folder,
    nodes,
    disk,
    postgres,
    /** The URL of each node in turn, whether it runs or not. */
    nextUrl: () => String(nodes[turn++ % nodes.length]?.url()),

    /** From then on, servers and commands use the other secret. */
    swapSecrets() {
      ;[secret, secondSecret] = [secondSecret, secret]
    },

    /** Ends one node after the other in order, and starts it again, as the program `version` if one is given. */
    async restart(version?: Command): Promise<void> {
      for (const node of nodes) {
        await node.stop()
        await node.start(version)
      }
    },

    /** Runs another command beside the nodes, with their settings. Resolves to its output; throws unless it exits with 0. */
    async command(args: string[]): Promise<string> {
      const { exit, output } = startProgram(teardowns, env(), args)
      const [code] = await exit
      if (code !== 0) throw new Error(`sallyport ${args.join(' ')} ended with ${code}: ${output()}`)
      return output()
    },

    query
  }
}
