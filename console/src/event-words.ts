import { nameOfLoginId } from './login-name.ts'
import type { components } from './openapi.d.ts'
import { outcomeOf } from './plot/bars.ts'
import { textFor, texts } from './texts.ts'

interface Event {
  action: string
  detail: Record<string, unknown>
}

/** An action of the audit trail in words; the name of one that a newer server has. */
export const wordsFor = (action: string): string => textFor(texts.actions, action) ?? action

/**
 * Why the server refused what an event is about, which its details name as a counter or as a reason, in words;
 * `undefined` for other events and unknown reasons.
 */
export function reasonOf({ action, detail }: Event): string | undefined {
  if (outcomeOf(action) !== 'failed') return undefined
  const reason = String(detail.counter ?? detail.reason)
  const [first, second] =
    action === 'throttle.refused' ? [texts.counters, texts.reasons] : [texts.reasons, texts.counters]
  return textFor(first, reason) ?? textFor(second, reason)
}

/** An event of the audit trail in words, with the reason of a refusal. */
export function eventWords(event: Event): string {
  const reason = reasonOf(event)
  return reason === undefined ? wordsFor(event.action) : `${wordsFor(event.action)}: ${reason}`
}

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
