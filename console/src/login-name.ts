import { deviceOf } from './device.ts'
import { moment } from './intl.ts'
import type { components } from './openapi.d.ts'
import { timeOfId } from './pages/audit/ids.ts'
import { texts } from './texts.ts'

type Session = components['schemas']['Session']
type Login = Pick<Session, 'id' | 'user_agent' | 'created_at'>

/** The name of a login: its device and when it began. */
export const nameOfLogin = ({ user_agent, created_at }: Omit<Login, 'id'>) =>
  texts.common.login(deviceOf(user_agent), moment.format(new Date(created_at)))

/**
 * The name of the login `id`: that of one in `logins`, or otherwise when it began, which its id says; `undefined` if it
 * is not the id of a login.
 */
export function nameOfLoginId(id: string, logins: Login[] = []): string | undefined {
  const login = logins.find(each => each.id === id)
  if (login) return nameOfLogin(login)
  const began = timeOfId(id)
  return began && texts.common.loginOf(moment.format(began))
}
