import { access, constants, stat, statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { ConfigReport } from '../config/config.ts'
import { sqlitePath } from '../config/config.ts'
import { error, type Finding, ok, warning } from './finding.ts'

/** The file system operations that the checks use; tests pass their own. */
export interface FileSystem {
  /** The permission bits of a file or folder; `undefined` when it does not exist or cannot be inspected. */
  mode(path: string): Promise<number | undefined>
  /** Whether this process may read and write a file or folder. */
  isWritable(path: string): Promise<boolean>
  /** The type of the file system, as statfs(2) reports it in `f_type`, and the free bytes. */
  volume(folder: string): Promise<{ type: number; free: number }>
}

const megabyte = 1_000_000
const networkFileSystems: Record<number, string> = {
  26985: 'NFS',
  20859: 'SMB',
  4283649346: 'CIFS',
  4266872130: 'SMB'
}
/** The permission bits for reading and writing, of the group and of others. */
const sharedBits = 0o066

/** The file system of this machine. */
export const fileSystem: FileSystem = {
  mode: path =>
    stat(path).then(
      ({ mode }) => mode & 0o777,
      () => undefined
    ),
  isWritable: path =>
    access(path, constants.R_OK | constants.W_OK).then(
      () => true,
      () => false
    ),
  volume: async folder => {
    const { type, bavail, bsize } = await statfs(folder)
    return { type: type >>> 0, free: bavail * bsize }
  }
}

/** Checks who can read the secret, the database and `.env`, and the type and free space of the volume. */
export async function checkFiles(
  { config, wrong, secret, dotEnv }: ConfigReport,
  files: FileSystem
): Promise<Finding[]> {
  const { databaseUrl } = config
  const isFile = databaseUrl.startsWith('sqlite:') && databaseUrl !== 'sqlite::memory:' && !wrong.has('databaseUrl')
  return [
    ...(secret.path ? [await checkSecretFile(secret.path, files)] : []),
    ...(await checkDotEnv(dotEnv, files)),
    ...(isFile ? await checkDatabaseFile(resolve(sqlitePath(databaseUrl)), files) : [])
  ]
}

async function checkSecretFile(path: string, files: FileSystem): Promise<Finding> {
  // Regardless of the folder's mode, because a backup may copy the file without its folder.
  const isShared = ((await files.mode(path)) ?? 0) & sharedBits
  return isShared
    ? error('secret-file', `Other users can read or change ${path}. Run: chmod 600 ${path}`)
    : ok('secret-file', `Only the owner can read ${path}.`)
}

async function checkDotEnv({ path, entries }: ConfigReport['dotEnv'], files: FileSystem): Promise<Finding[]> {
  const has = (name: string, pattern: RegExp) =>
    [name, `SALLYPORT_${name}`].some(one => pattern.test(entries[one] ?? ''))
  const holds =
    has('SECRET', /./) || has('SECOND_SECRET', /./)
      ? 'the secret'
      : has('DATABASE_URL', /:[^/@]+@/) && 'a database password'
  if (!holds) return []
  return [
    (await isShared(path, files))
      ? warning('env-file', `${path} contains ${holds}, and other users can read or change it. Run: chmod 600 ${path}`)
      : ok('env-file', `${path} contains ${holds}, and only the owner can read it.`)
  ]
}

async function checkDatabaseFile(path: string, files: FileSystem): Promise<Finding[]> {
  const shared: string[] = []
  const locked: string[] = []
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    if (await isShared(file, files)) shared.push(file)
    if ((await files.mode(file)) !== undefined && !(await files.isWritable(file))) locked.push(file)
  }
  let folder = dirname(path)
  // The server makes the folder in its nearest existing parent when it starts.
  while ((await files.mode(folder)) === undefined) folder = dirname(folder)
  const isMissing = (await files.mode(path)) === undefined
  const { type, free } = await files.volume(folder)
  const network = networkFileSystems[type]
  const left = `${Math.floor(free / megabyte)} MB are free in ${folder}`
  return [
    ...(isMissing ? [] : [checkAccess(path, shared, locked)]),
    (await files.isWritable(folder))
      ? ok('database-folder', `${folder} is writable.`)
      : error(
          'database-folder',
          `${folder} is not writable. Run this command as the user of the server, or make that user the owner.`
        ),
    network
      ? warning(
          'file-system',
          `${folder} is on ${network}, where SQLite can lose data. Use a local disk or PostgreSQL.`
        )
      : ok('file-system', `${folder} is not on a network share.`),
    free < 10 * megabyte
      ? error('disk-space', `${left}. Free up space, or logins will fail.`)
      : free < 100 * megabyte
        ? warning('disk-space', `${left}. Free up space soon.`)
        : ok('disk-space', `${left}.`)
  ]
}

const checkAccess = (path: string, shared: string[], locked: string[]): Finding =>
  locked.length > 0
    ? error(
        'database-file',
        `This user cannot write to ${locked.join(' and ')}. Run this command as the user of the server, or as the owner: chmod 600 ${locked.join(' ')}`
      )
    : shared.length > 0
      ? warning(
          'database-file',
          `Other users can read or change ${shared.join(' and ')}. Run: chmod 600 ${shared.join(' ')}`
        )
      : ok('database-file', `Only the owner can read ${path}.`)

/** Whether users other than the owner can read or write the file and enter its folder. */
async function isShared(path: string, files: FileSystem): Promise<boolean> {
  const [file = 0, folder = 0] = await Promise.all([files.mode(path), files.mode(dirname(path))])
  // The folder's execute bits, spread over the bits for reading and writing.
  return (file & sharedBits & ((folder & 0o011) * 6)) !== 0
}
