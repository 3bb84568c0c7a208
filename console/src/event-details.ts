import { reasonOf } from './event-words.ts'
import { nameOfLogin } from './login-name.ts'
import type { components } from './openapi.d.ts'
import { texts } from './texts.ts'

type Schemas = components['schemas']

/** What has names of its own, by which people know it better than by its id. */
export interface Named {
  tokens?: Pick<Schemas['PersonalToken'], 'id' | 'name'>[] | undefined
  logins?: Pick<Schemas['Session'], 'id' | 'user_agent' | 'created_at'>[] | undefined
}

/**
 * The details of an event as names and texts, without the reason that its words contain. A personal access token and a
 * login are named while they exist.
 */
export function detailsOf(event: Pick<Schemas['AuditEvent'], 'action' | 'detail'>, { tokens, logins }: Named = {}) {
  return Object.entries(event.detail)
    .filter(([name]) => name !== 'reason' || reasonOf(event) === undefined)
    .map(([name, value]): [name: string, text: string] => {
      const token = name === 'token' ? tokens?.find(({ id }) => id === value) : undefined
      const login = name === 'session' ? logins?.find(({ id }) => id === value) : undefined
      return [
        name === 'session' ? texts.common.loginDetail : name,
        token?.name ?? (login ? nameOfLogin(login) : String(value))
      ]
    })
}
