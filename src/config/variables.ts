import { readFileSync } from 'node:fs'
import { nearest } from './nearest.ts'
import { ConfigSchema, envName } from './settings.ts'

/** Variables by name. In those of a file, `undefined` is a value that cannot be read unambiguously. */
export type Environment = Record<string, string | undefined>

const prefix = 'SALLYPORT_'
const plain = Object.keys(ConfigSchema.properties).flatMap(setting => [envName(setting), `${envName(setting)}_FILE`])
const variables = new Set([...plain, ...plain.map(name => `${prefix}${name}`)])

/** Whether a setting is read from the variable `name`. */
export const isVariable = (name: string) => variables.has(name)

/** The variable that `name` was probably meant to be; `undefined` when it is none, or probably of another program. */
export const nearestVariable = (name: string) => nearest(name, variables)

/** The variables of both sources. Those of the environment win. */
export const merged = (entries: Environment, env: Environment): Environment => ({
  ...entries,
  ...Object.fromEntries(Object.entries(env).filter(([name, text]) => text !== undefined && !isServiceLink(name, text)))
})

/** A setting of 0.2.0. A server that ignored it would no longer require the second factor of administrators. */
const formerName = 'ADMIN_SECOND_FACTOR'

/**
 * A problem for each name with the prefix that is not a setting, and for each name in `file` that looks like a
 * misspelled setting. All other names may belong to other programs.
 */
export function unknownNames(entries: Environment, env: Environment, file: string): string[] {
  const describe = (name: string, place: string) => {
    const near = nearestVariable(name)
    if (isVariable(name) || (near === undefined && !name.startsWith(prefix))) return []
    return [
      `${name}${place} is not a setting. ${near ? `Did you mean ${near}?` : 'docs/settings.md in the repository lists all settings.'}`
    ]
  }
  return [
    ...(merged(entries, env)[formerName] === 'required'
      ? [`${formerName} is no longer a setting. Write SECOND_FACTOR=administrators in its place.`]
      : []),
    ...Object.keys(entries).flatMap(name => describe(name, ` in ${file}`)),
    ...Object.entries(env).flatMap(([name, text]) =>
      name.startsWith(prefix) && !isServiceLink(name, String(text)) ? describe(name, '') : []
    )
  ]
}

/**
 * The value of the setting `plainName`, and the variable that it comes from: the one with the prefix, if both are set.
 * `file` is the path in a variable that ends with `_FILE`, and `source` names both. An empty variable counts as absent.
 */
export function readVariable(plainName: string, given: Environment) {
  const both = (name: string) => [name, `${name}_FILE`] as const
  const isGiven = (name: string) => both(name).some(one => one in given && given[one] !== '')
  const name = isGiven(`${prefix}${plainName}`) ? `${prefix}${plainName}` : plainName
  const [direct, file] = both(name).map(one => given[one] || undefined)
  const faults = direct !== undefined && file ? [`${name} and ${name}_FILE are both set: keep one of them`] : []
  const text = file ? read(file, ({ code }) => faults.push(`${name}_FILE: cannot read ${file} (${code})`)) : undefined
  const isUnclear = both(name).some(one => one in given && given[one] === undefined)
  return { name, source: file ? `${name} in ${file}` : name, file, text: direct ?? text?.trim(), faults, isUnclear }
}

/** The text of a file; `undefined` after an error, which `onError` gets. */
export function read(path: string, onError: (error: NodeJS.ErrnoException) => void): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    onError(error as NodeJS.ErrnoException)
    return undefined
  }
}

/**
 * Kubernetes sets such variables in every pod beside a Service named `sallyport`, and Docker for a link of that name.
 */
const isServiceLink = (name: string, text: string) =>
  name.startsWith(prefix) &&
  (/_SERVICE_(HOST|PORT)(_|$)|_PORT_\d+_(TCP|UDP|SCTP)(_|$)/.test(name) ||
    (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(text)))
