import { hash, verify } from '@node-rs/bcrypt'
import { matchesHash } from '../../src/auth/hashing/stored-hashes.ts'
import { claimsOf, type Request, type Response } from './exchanges.ts'

/** `passwords` has the acknowledged one, if it is known, and those that were asked for since. */
interface Account {
  username: string
  passwords: string[]
  deletion?: 'asked' | 'acknowledged'
}

interface Session {
  user: string
  counter: number
  isEnded: boolean
}

/** The rows of a database that a promise is about. */
export interface Rows {
  users: { id: string; username: string; password_hash: string }[]
  sessions: { id: string; counter: number; revoked_at: number | null }[]
}

/** What the server has promised with its successful answers so far: each of them has to outlive a power cut. */
export function createPromises() {
  const accounts = new Map<string, Account>()
  const sessions = new Map<string, Session>()
  const matches = new Map<string, Promise<boolean>>()
  let count = 0

  function promiseSession({ access_token, refresh_token }: Response['body']) {
    const { sub, sid } = claimsOf(access_token)
    const counter = Number(String(refresh_token).split('.')[1])
    const known = sessions.get(String(sid))
    if (known) known.counter = Math.max(known.counter, counter)
    else sessions.set(String(sid), { user: String(sub), counter, isEnded: false })
  }

  function endSessions(user: string) {
    for (const session of sessions.values()) if (session.user === user) session.isEnded = true
  }

  function matchesOne(passwords: string[], stored: string) {
    const one = (password: string) => {
      const key = `${stored} ${password}`
      if (!matches.has(key)) matches.set(key, matchesHash(password, stored, libraries))
      return matches.get(key)
    }
    return Promise.all(passwords.map(one)).then(found => found.length === 0 || found.includes(true))
  }

  const changes: Record<string, (request: Request, response: Response) => void> = {
    'POST /users': ({ body: { username, password } }, { body: { id } }) =>
      accounts.set(String(id), { username: String(username), passwords: [String(password)] }),
    'POST /token': (_, { body }) => promiseSession(body),
    'POST /revoke': ({ body: { token } }) => {
      const session = sessions.get(String(token).split('.')[0] ?? '')
      if (session) session.isEnded = true
    },
    'DELETE /users/me/sessions?all=true': ({ caller }) => endSessions(String(caller.sub)),
    'DELETE /users/me': ({ caller }) => {
      const account = accounts.get(String(caller.sub))
      if (account) account.deletion = 'acknowledged'
    },
    'PUT /users/me/password': ({ caller, body: { new_password } }, { body }) => {
      endSessions(String(caller.sub))
      const account = accounts.get(String(caller.sub))
      if (account) account.passwords = [String(new_password)]
      promiseSession(body)
    }
  }

  /** What was refused has not happened. */
  function takeBack({ method, path, caller, body }: Request) {
    const account = accounts.get(String(caller.sub))
    if (!account) return
    if (`${method} ${path}` === 'DELETE /users/me' && account.deletion === 'asked') delete account.deletion
    if (`${method} ${path}` === 'PUT /users/me/password')
      account.passwords = account.passwords.filter(password => password !== body.new_password)
  }

  return {
    count: () => count,

    asked({ method, path, caller, body }: Request) {
      const account = accounts.get(String(caller.sub))
      if (!account) return
      if (`${method} ${path}` === 'DELETE /users/me') account.deletion ??= 'asked'
      if (`${method} ${path}` === 'PUT /users/me/password') account.passwords.push(String(body.new_password))
    },

    answered(request: Request, response: Response) {
      if (response.status >= 400) takeBack(request)
      const change = changes[`${request.method} ${request.path}`]
      if (!change || response.status >= 300) return
      change(request, response)
      count++
    },

    /** What a command prints of an account that it has created. */
    printed({ id, username }: Record<string, unknown>) {
      if (!id || !username) return
      accounts.set(String(id), { username: String(username), passwords: [] })
      count++
    },

    /** Each promise that these rows break, in words. */
    async broken(rows: Rows): Promise<string[]> {
      const broken: string[] = []
      const users = new Map(rows.users.map(user => [user.id, user]))
      const found = new Map(rows.sessions.map(session => [session.id, session]))
      for (const [id, { username, passwords, deletion }] of accounts) {
        const user = users.get(id)
        if (deletion === 'acknowledged' && user) broken.push(`${username} is deleted and there`)
        if (!deletion && !user) broken.push(`${username} is missing`)
        if (user && !(await matchesOne(passwords, user.password_hash))) broken.push(`${username} has an old password`)
      }
      for (const [id, { user, counter, isEnded }] of sessions) {
        const session = found.get(id)
        if (!session && !accounts.get(user)?.deletion) broken.push(`the login ${id} is missing`)
        if (session && session.counter < counter) broken.push(`the login ${id} has an old counter`)
        if (session && isEnded && session.revoked_at === null) broken.push(`the login ${id} has ended and is there`)
      }
      return broken
    }
  }
}

export type Promises = ReturnType<typeof createPromises>

const libraries = { bcrypt: { hash, verify }, argon2: { hashRaw: () => Promise.reject(new Error('Not used')) } }
