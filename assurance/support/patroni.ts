import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { nobody } from '../../test/support/embedded-postgres.ts'
import { timeUntil } from '../../test/support/faults.ts'
import { memoryFolder } from '../../test/support/memory-folder.ts'
import { isInstalled } from './debian.ts'
import { canCreateMachines, createMachines } from './machines.ts'
import { startPrimaryProxy } from './primary-proxy.ts'

/** Where Debian installs PostgreSQL, in a folder for each version. */
const versions = '/usr/lib/postgresql'

/** Why a test that needs Patroni is skipped, or `false`. In CI nothing is skipped: there all has been installed. */
export function skipWithoutPatroni(): string | false {
  if (process.env.CI) return false
  const missing = ['patroni', 'etcd', 'haproxy'].find(name => !isInstalled(name))
  if (missing) return `${missing} is not installed`
  if (!existsSync(versions)) return 'PostgreSQL of Debian is not installed'
  return !canCreateMachines() && 'network namespaces are not permitted'
}

/** The shortest times that Patroni accepts, in seconds. */
export const patroniTimes = { ttl: 20, loop_wait: 1, retry_timeout: 3 }

const nodes = ['a', 'b'] as const
export type PatroniNode = (typeof nodes)[number]

/**
 * Two machines with Patroni and PostgreSQL, a primary and its synchronous standby, a third with etcd, and HAProxy,
 * which sends connections to the primary. Resolves once they are ready. Everything is removed when the test ends.
 */
export async function startPatroni(t: Test) {
  const folder = mkdtempSync(join(memoryFolder() ?? tmpdir(), 'sallyport-patroni-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const { space, address, run, kill, cut, mend } = createMachines(t, ['etcd', ...nodes])
  const config = (name: PatroniNode) => join(folder, name, 'patroni.yml')
  for (const name of nodes) {
    mkdirSync(join(folder, name))
    // JSON is YAML.
    writeFileSync(config(name), JSON.stringify(settings(name, join(folder, name), address(name), address('etcd'))))
  }
  const { uid, gid } = nobody()
  execFileSync('chown', ['-R', `${uid}:${gid}`, folder])
  const logFile = join(folder, 'log')
  const log = openSync(logFile, 'a')

  const etcd = `http://${address('etcd')}:2379`
  const places = [`--listen-client-urls=${etcd}`, `--advertise-client-urls=${etcd}`]
  run('etcd', log, 'etcd', [`--data-dir=${folder}/etcd`, '--unsafe-no-fsync', ...places])
  const start = (name: PatroniNode) => run(name, log, 'patroni', [config(name)])
  for (const name of nodes) start(name)
  const ports = await startPrimaryProxy(t, space('etcd'), { a: address('a'), b: address('b') })

  /** The machines with a role, as the first Patroni that answers says. */
  async function named(role: 'leader' | 'sync_standby'): Promise<PatroniNode[]> {
    for (const port of ports.rest) {
      const signal = AbortSignal.timeout(2000)
      const answer = await fetch(`http://127.0.0.1:${port}/cluster`, { signal }).catch(() => undefined)
      if (!answer?.ok) continue
      const { members } = (await answer.json()) as { members: { name: PatroniNode; role: string }[] }
      return members.filter(member => member.role === role).map(({ name }) => name)
    }
    return []
  }

  /** Resolves once there are a primary and a synchronous standby. */
  async function ready() {
    const areReady = async () => (await named('leader')).length === 1 && (await named('sync_standby')).length === 1
    await timeUntil(areReady, 120_000).catch(({ message }: Error) => {
      throw new Error(`${message}:\n${readFileSync(logFile, 'utf8').slice(-10_000)}`)
    })
  }
  await ready()

  return {
    url: `postgres://postgres:password@127.0.0.1:${ports.postgres}/postgres`,
    /** The URL of PostgreSQL on a machine, for a connection that needs no network. */
    localUrl: (name: PatroniNode) => `postgres://postgres@/postgres?host=${join(folder, name)}`,
    /** The machine with the primary. */
    primary: async () => (await named('leader'))[0],
    ready,
    kill,
    /** Starts a machine again. */
    start,
    cut,
    mend,
    /** Makes the standby the primary, in order. */
    async switchOver(from: PatroniNode) {
      const args = ['-c', config(from), 'switchover', '--leader', from, '--force']
      const [code] = await once(run(from, log, 'patronictl', args), 'exit')
      if (code !== 0) throw new Error(readFileSync(logFile, 'utf8').slice(-10_000))
    }
  }
}

function settings(name: PatroniNode, folder: string, address: string, etcd: string) {
  const version = readdirSync(versions).toSorted((a, b) => Number(b) - Number(a))[0]
  const [rest, postgres] = [`${address}:8008`, `${address}:5432`]
  const login = { username: 'postgres', password: 'password' }
  return {
    scope: 'sallyport',
    name,
    etcd3: { host: `${etcd}:2379` },
    restapi: { listen: rest, connect_address: rest },
    bootstrap: {
      // Without `synchronous_mode_strict`, a primary that has lost its standby works alone, once etcd has noted that
      // the standby must not be promoted.
      dcs: { ...patroniTimes, synchronous_mode: true, postgresql: { use_pg_rewind: true } },
      initdb: ['no-sync', { encoding: 'UTF8' }, { locale: 'C' }]
    },
    postgresql: {
      listen: postgres,
      connect_address: postgres,
      data_dir: join(folder, 'data'),
      bin_dir: join(versions, String(version), 'bin'),
      pgpass: join(folder, 'pgpass'),
      // Its files are in the folder, so that they are removed with it.
      parameters: { unix_socket_directories: folder, dynamic_shared_memory_type: 'mmap' },
      authentication: { superuser: login, replication: { ...login, username: 'replicator' } },
      pg_hba: ['local all all trust', 'host all all 10.0.0.0/24 md5', 'host replication all 10.0.0.0/24 md5'],
      remove_data_directory_on_rewind_failure: true,
      remove_data_directory_on_diverged_timelines: true
    }
  }
}
