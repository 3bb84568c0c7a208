const assignment = /(?:export[^\S\n]+)?([A-Z][A-Z\d_]*)[^\S\n]*=[^\S\n]*/.source
const inQuotes = /(?<quote>["'`])((?:(?!\k<quote>)[\s\S])*)\k<quote>[^\S\n]*(?:#.*)?/.source
/** An assignment, a comment, anything else, or a blank line. */
const statement = new RegExp(`^[^\\S\\n]*(?:${assignment}(?:${inQuotes}|(.*))|#.*|(.+))?$`, 'gm')

/**
 * The values in the text of a `.env` file. `util.parseEnv` silently skips invalid lines, and which ones depends on the
 * version of Node.js; here each such line is a problem. A name with an ambiguous value has `undefined`. No problem
 * shows a value, or text that may be part of one.
 */
export function parseDotEnv(text: string, problems: string[]): Record<string, string | undefined> {
  const entries: Record<string, string | undefined> = {}
  // Windows editors may begin a file with a byte order mark.
  const lines = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n')
  let line = 1
  for (const [match, name, quote, quoted = '', rest = '', other] of lines.matchAll(statement)) {
    if (name) {
      const fault = quote ? undefined : faultOf(rest)
      if (fault) problems.push(`${name} in line ${line} of .env ${fault}`)
      const value = quote ? quoted : rest.trim()
      entries[name] = fault ? undefined : quote === '"' ? value.replaceAll('\\n', '\n') : value
    }
    if (other)
      problems.push(
        `line ${line} of .env is not an assignment: expected NAME=value with NAME in capitals, or a comment that starts with #`
      )
    line += match.split('\n').length
  }
  return entries
}

function faultOf(unquoted: string): string | undefined {
  if (/^["'`]/.test(unquoted)) return 'starts with a quote: end the value with the same quote, with nothing after it'
  if (unquoted.includes('#')) return 'has a # outside quotes: quote the value, or move the comment to its own line'
  return undefined
}
