import type { Cores } from '../cores.ts'
import type { RunningServer } from '../processes.ts'
import { type Answer, ask, type HttpRequest } from '../request.ts'

/** The account that every entrant serves. */
export const account = {
  username: 'alice',
  password: 'correct horse battery staple',
  email: 'alice@example.com',
  full_name: 'Alice Liddell'
}

/** The folder for a server's files, its cores, and settings beyond the usual ones. */
export interface Place {
  folder: string
  cores?: Cores
  env?: Record<string, string>
}

/** A measured program. */
export interface Program {
  name: string
  title: string
  /** Prepares it for starting, which may take minutes. Throws with the reason when it cannot. */
  prepare?(): Promise<void>
  start(place: Place): Promise<RunningServer>
}

/** A server with accounts. */
export interface Entrant extends Program {
  register: HttpRequest
  logIn: HttpRequest
  tokenOf(answer: Answer): string
  me(token: string): HttpRequest
}

export const secret = 'a secret of the benchmark, of enough characters'

/** Logs in, and reads the account once. Throws unless the token grants access to the account. */
export async function logIn({ title, ...entrant }: Entrant, { url }: RunningServer): Promise<HttpRequest> {
  const request = entrant.me(entrant.tokenOf(await ask(url, entrant.logIn)))
  const { text } = await ask(url, request)
  if (!text.includes(`"${account.email}"`)) throw new Error(`${title} answers with something else: ${text}`)
  return request
}
