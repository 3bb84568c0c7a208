import type { Session } from './api.ts'
import { deviceOf } from './device.ts'
import { moment } from './intl.ts'
import { texts } from './texts.ts'

/** The name of a login: its device and when it began. */
export const nameOfLogin = ({ user_agent, created_at }: Pick<Session, 'user_agent' | 'created_at'>) =>
  texts.common.login(deviceOf(user_agent), moment.format(new Date(created_at)))
