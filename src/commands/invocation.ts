import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, delimiter, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { type ConfigReport, sqlitePath } from '../config/config.ts'
import { type Environment, readVariable } from '../config/variables.ts'

/** Where a process of the program runs. */
export interface Invocation {
  /** The path by which Node.js has started the program. */
  script: string
  folder: string
  env: Environment
  pid: number
  /** The name of the machine, which of a container is its id unless it was given a name. */
  host: string
  /** Whether a path exists. */
  exists(path: string): boolean
}

/** The invocation of this process, with the environment `env`. */
export const here = (env: Environment): Invocation => ({
  script: resolve(String(process.argv[1])),
  folder: process.cwd(),
  env,
  pid: process.pid,
  host: hostname(),
  exists: existsSync
})

/**
 * The program as a shell in the folder of this process starts it: `npx sallyport` in a project, `sallyport` if it is
 * installed for all, and otherwise Node.js with a path. For a container, the shell is that of its host.
 */
export function programHere(place: Invocation): string {
  const container = containerAt(place)
  const { program } = typed(place)
  return container === undefined ? program : `${container} ${program}`
}

/**
 * A command of the program for a new shell: with the folder of this process if it depends on it, the file of the
 * settings, and the settings in the environment that it needs. `…` stands for a value with a password. In a container,
 * a new shell has the same folder and environment.
 */
export function commandHere(
  args: string,
  { config, dotEnv }: Pick<ConfigReport, 'config' | 'dotEnv'>,
  place: Invocation
) {
  const { env, folder, pid, exists } = place
  const isDefault = dotEnv.path === join(folder, '.env')
  const command = `${programHere(place)} ${args}${isDefault ? '' : ` --env-file ${shellWord(dotEnv.path)}`}`
  if (containerAt(place) !== undefined) return command
  const { databaseUrl } = config
  const needsFolder =
    typed(place).isRelative ||
    (isDefault && Object.keys(dotEnv.entries).length > 0) ||
    (databaseUrl.startsWith('sqlite:') && !isAbsolute(sqlitePath(databaseUrl)))
  // systemd names the process that it has started. Its files belong to a user that only root can become.
  const isUnit = env.SYSTEMD_EXEC_PID === String(pid)
  if (isUnit && exists(unitCommand)) return `sudo ${basename(unitCommand)} ${args}`
  const given = ['DATABASE_URL', 'SECRET', ...issuerVariables({ ...dotEnv.entries, ...env })].flatMap(name =>
    assignment(name, env)
  )
  return [
    ...(needsFolder ? [`cd ${shellWord(folder)} &&`] : []),
    ...(isUnit ? ['sudo env'] : []),
    ...given,
    command
  ].join(' ')
}

/** Runs a command with the settings of the unit: deploy/sallyport. */
const unitCommand = '/usr/local/bin/sallyport'

/** `text`, in which every `sallyport …` in backticks is the command of `program`. */
export const namingProgram = (text: string, program: string) => text.replaceAll('`sallyport ', () => `\`${program} `)

/** The command that runs another one in this container, from its host; `undefined` in none. */
export function containerAt({ env, host, exists }: Invocation): string | undefined {
  if (env.KUBERNETES_SERVICE_HOST) return `kubectl exec -it ${host} --`
  const name = /^[0-9a-f]{12}$/.test(host) ? host : 'CONTAINER'
  if (exists('/.dockerenv')) return `docker exec -it ${name}`
  if (exists('/run/.containerenv')) return `podman exec -it ${name}`
  return undefined
}

/** The program as a shell beside this process starts it, and whether that depends on the folder. */
function typed({ script, folder, env }: Invocation): { program: string; isRelative: boolean } {
  const [project = '', name] = script.split('/node_modules/.bin/')
  // The program of a clone, and of a package that npx has fetched, is in the cache of npx.
  const isOfNpx = name !== undefined && (isBelow(folder, project) || project.includes('/_npx/'))
  if (isOfNpx) return { program: 'npx sallyport', isRelative: true }
  const isInPath =
    name === undefined && basename(script) === 'sallyport' && env.PATH?.split(delimiter).includes(dirname(script))
  if (isInPath) return { program: 'sallyport', isRelative: false }
  const isRelative = isBelow(script, folder)
  return { program: `node ${shellWord(isRelative ? relative(folder, script) : script)}`, isRelative }
}

const isBelow = (path: string, folder: string) => !relative(folder, path).startsWith('..')

/** Without ISSUER, the issuer is the address that the server listens on. */
const issuerVariables = (env: Environment) =>
  readVariable('ISSUER', env).text === undefined ? ['HOST', 'PORT'] : ['ISSUER']

function assignment(plainName: string, env: Environment): string[] {
  const { name, file, text } = readVariable(plainName, env)
  if (file !== undefined) return [`${name}_FILE=${shellWord(resolve(file))}`]
  if (text === undefined) return []
  const isConfidential = plainName === 'SECRET' || text.startsWith('postgres')
  return [`${name}=${isConfidential ? '…' : shellWord(text)}`]
}

/** `text` as one word of a shell. */
export const shellWord = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
