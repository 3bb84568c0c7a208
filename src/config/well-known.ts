import { isUtf8 } from 'node:buffer'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { originsOfApps } from './asset-links.ts'
import { checkSecurityTxt } from './security-txt.ts'

/** A file that the server serves at `/.well-known/<name>`, byte for byte. */
export interface WellKnownFile {
  name: string
  /** The value of `Content-Type`. */
  type: string
  text: string
}

/** The folder of WELL_KNOWN. */
export interface WellKnown {
  files: WellKnownFile[]
  /** The origins of the Android apps that may use the passkeys. */
  appOrigins: string[]
  /** The `security.txt` and when it lapses, if the folder has one without fault. */
  securityTxt?: { path: string; expires: Date }
  /** The faults, each a clause that names the file. */
  problems: string[]
}

const json = 'application/json; charset=utf-8'
/** RFC 9116 §5.4 suggests the first limit, and Apple has the others. */
const kinds = new Map([
  ['security.txt', { type: 'text/plain; charset=utf-8', mostBytes: 32 * 1024 }],
  ['assetlinks.json', { type: json, mostBytes: 128 * 1024 }],
  ['apple-app-site-association', { type: json, mostBytes: 128 * 1024 }]
])

const names = [...kinds.keys()].join(', ')

/** Reads the files in `folder` for the server at `issuer`. Throws nothing: every fault is one of `problems`. */
export function readWellKnown(folder: string, issuer: string): WellKnown {
  const found: WellKnown = { files: [], appOrigins: [], problems: [] }
  try {
    for (const name of readdirSync(folder)) {
      // Kubernetes keeps the versions of a mounted folder in hidden files.
      if (!name.startsWith('.')) found.problems.push(...readInto(found, join(folder, name), name, issuer))
    }
  } catch (error) {
    found.problems.push(`cannot read the folder ${folder} (${(error as NodeJS.ErrnoException).code})`)
  }
  return found
}

/** Reads one file into `found`. Returns its faults. */
function readInto(found: WellKnown, path: string, name: string, issuer: string): string[] {
  const kind = kinds.get(name)
  if (kind === undefined) return [`${path} cannot be served: the folder may have only ${names}`]
  const text = textOf(path, kind.mostBytes)
  if (text instanceof Error) return [text.message]
  found.files.push({ name, type: kind.type, text })
  if (name === 'security.txt') {
    const { expires, problems } = checkSecurityTxt(text, issuer)
    if (problems.length === 0) found.securityTxt = { path, expires }
    return problems.map(problem => `${path} ${problem}`)
  }
  try {
    const value: unknown = JSON.parse(text)
    if (name === 'assetlinks.json') found.appOrigins = originsOfApps(value)
    return []
  } catch (error) {
    // Without the message of the parser, which quotes a file that may be another, such as the secret.
    return [`${path} ${error instanceof SyntaxError ? 'is not JSON' : (error as Error).message}`]
  }
}

/** The text of the file, or why it cannot be served. */
function textOf(path: string, mostBytes: number): string | Error {
  try {
    const stats = statSync(path)
    // A FIFO would keep the server from starting.
    if (!stats.isFile()) return new Error(`${path} is not a regular file`)
    if (stats.size > mostBytes) return new Error(`${path} has ${stats.size} bytes: expected ${mostBytes} at most`)
    const bytes = readFileSync(path)
    return isUtf8(bytes) ? bytes.toString() : new Error(`${path} is not UTF-8`)
  } catch (error) {
    return new Error(`cannot read ${path} (${(error as NodeJS.ErrnoException).code})`)
  }
}
