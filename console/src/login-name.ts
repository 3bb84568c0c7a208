import { deviceOf } from './device.ts'
import { moment } from './intl.ts'
import type { components } from './openapi.d.ts'
import { texts } from './texts.ts'

type Session = components['schemas']['Session']

/** The name of a login: its device and when it began. */
export const nameOfLogin = ({ user_agent, created_at }: Pick<Session, 'user_agent' | 'created_at'>) =>
  texts.common.login(deviceOf(user_agent), moment.format(new Date(created_at)))
