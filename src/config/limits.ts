/** How often something may happen in an hour. */
export interface Limits {
  /** Registrations from one address prefix. */
  registration: number
  /** Right passwords, passkeys and ID tokens of one account. */
  login: number
  /** Refreshes of one login, in each process. */
  refresh: number
}

const usual: Limits = { registration: 300, login: 300, refresh: 600 }

/** The limits with those that the setting `LIMITS` names, which has no problems. */
export const limitsOf = ({ limits }: { limits: string[] }): Limits => ({
  ...usual,
  ...Object.fromEntries(limits.map(parse).map(([name, count]) => [name, Number(count)]))
})

/** A problem if the setting, which messages call `name`, names a limit twice. */
export function limitProblems(name: string, entries: string[]): string[] {
  const names = entries.map(entry => parse(entry)[0])
  const twice = names.find((one, index) => names.indexOf(one) < index)
  return twice === undefined ? [] : [`${name} has ${twice} twice: expected it once`]
}

const parse = (entry: string) => entry.split('=')
