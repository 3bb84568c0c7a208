import { reasonOf } from './event-words.ts'
import { nameOfLoginId } from './login-name.ts'
import type { components } from './openapi.d.ts'
import { texts } from './texts.ts'

type Schemas = components['schemas']

/** Things whose names people know better than their ids. */
export interface Named {
  tokens?: Pick<Schemas['PersonalToken'], 'id' | 'name'>[] | undefined
  logins?: Pick<Schemas['Session'], 'id' | 'user_agent' | 'created_at'>[] | undefined
}

/** A detail of an event: its name, its text, and the id that the text stands for. */
type Detail = [name: string, text: string, id?: string]

/**
 * The details of an event, without the reason that its words contain. A personal access token is named while it exists,
 * and a login always.
 */
export function detailsOf(
  event: Pick<Schemas['AuditEvent'], 'action' | 'detail'>,
  { tokens, logins }: Named = {}
): Detail[] {
  const hidden = reasonOf(event) && (event.detail.counter === undefined ? 'reason' : 'counter')
  return Object.entries(event.detail)
    .filter(([name]) => name !== hidden)
    .map(([name, value]): Detail => {
      const id = String(value)
      if (name === 'session') {
        const login = nameOfLoginId(id, logins)
        return login === undefined ? [texts.common.loginDetail, id] : [texts.common.loginDetail, login, id]
      }
      const token = name === 'token' && tokens?.find(each => each.id === value)
      return token ? [name, token.name, id] : [name, id]
    })
}
