import {
  type Credentials,
  createClient,
  type EmailCodeCredentials,
  type PasskeyCredentials,
  type TokenStorage
} from '../../src/client.ts'
import { server } from './place.ts'

let inMemory: string | null = null
let keeps = false

/** The memory of this page or, if the person wants to stay signed in, of this tab. */
const storage: TokenStorage = {
  get: key => inMemory ?? sessionStorage.getItem(key),
  set(key, value) {
    keeps ||= sessionStorage.getItem(key) !== null
    if (keeps) sessionStorage.setItem(key, value)
    inMemory = keeps ? null : value
  },
  remove(key) {
    sessionStorage.removeItem(key)
    inMemory = null
  }
}

/** The login of this tab. */
export const client = createClient({ url: server, storage })

/** Whether the next login is for this tab. */
export const stayIn = (keep: boolean) => {
  keeps = keep
}

/** Signs in, for this page or, with `keep`, for this tab. */
export async function signIn(credentials: Credentials | PasskeyCredentials | EmailCodeCredentials, keep: boolean) {
  keeps = keep
  return await client.signIn(credentials)
}
