import { isVariable, nearestVariable } from './variables.ts'

const assignment = /(?:export[^\S\n]+)?([A-Za-z_][\w.-]*)[^\S\n]*=[^\S\n]*/.source
const inQuotes = /(?<quote>["'`])((?:(?!\k<quote>)[\s\S])*)\k<quote>[^\S\n]*(?:#.*)?/.source
/** An assignment, a comment, anything else, or a blank line. */
const statement = new RegExp(`^[^\\S\\n]*(?:${assignment}(?:${inQuotes}|(.*))|#.*|(.+))?$`, 'gm')

/**
 * The values in the text of a `.env` file. `util.parseEnv` silently skips invalid lines, and which ones depends on the
 * version of Node.js; here each such line is a problem, unless its name belongs to another program. A name with an
 * ambiguous value has `undefined`. No problem shows a value, or text that may be part of one. `file` is the name of the
 * file in the problems.
 */
export function parseDotEnv(text: string, problems: string[], file = '.env'): Record<string, string | undefined> {
  const entries: Record<string, string | undefined> = {}
  // Windows editors may begin a file with a byte order mark.
  const lines = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n')
  let line = 1
  for (const [match, name, quote, quoted = '', rest = '', other] of lines.matchAll(statement)) {
    if (name) {
      const fault = quote ? undefined : faultOf(rest)
      if (fault && isVariable(name)) problems.push(`${name} in line ${line} of ${file} ${fault}`)
      const value = quote ? quoted : rest.trim()
      entries[name] = fault ? undefined : quote === '"' ? value.replaceAll('\\n', '\n') : value
    }
    if (other && !isForeign(other))
      problems.push(
        `line ${line} of ${file} is not an assignment: expected NAME=value with NAME in capitals, or a comment that starts with #`
      )
    line += match.split('\n').length
  }
  return entries
}

/** Whether a line is `name: value`, which some programs accept, and the name is not that of a setting. */
function isForeign(line: string): boolean {
  const [, name] = /^(?:export[^\S\n]+)?([A-Za-z_][\w.-]*)[^\S\n]*:/.exec(line) ?? []
  return name !== undefined && nearestVariable(name) === undefined
}

function faultOf(unquoted: string): string | undefined {
  if (/^["'`]/.test(unquoted)) return 'starts with a quote: end the value with the same quote, with nothing after it'
  if (unquoted.includes('#')) return 'has a # outside quotes: quote the value, or move the comment to its own line'
  return undefined
}

/**
 * The line of a `.env` file that gives `name` this value; `undefined` when no line can. It has quotes only where they
 * are needed, because `docker run --env-file` takes them for a part of the value; systemd and Compose remove them.
 */
export function dotEnvLine(name: string, value: string): string | undefined {
  if (value === value.trim() && !/[\p{Cc}\u2028\u2029'"`\\$#]/u.test(value)) return `${name}=${value}`
  const isSafe = (quote: string) => !value.includes(quote) && !(quote === '"' && value.includes('\\'))
  const quote = value.includes('\r') ? undefined : ["'", '"', '`'].find(isSafe)
  return quote && `${name}=${quote}${value}${quote}`
}
