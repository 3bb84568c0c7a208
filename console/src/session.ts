import { type Credentials, createClient, type EmailCodeCredentials, type PasskeyCredentials } from '../../src/client.ts'
import { createLoginStorage } from './login-storage.ts'
import { server } from './place.ts'

let keeps = false

/** The login of this tab, or of the browser. */
export const client = createClient({ url: server, storage: createLoginStorage(() => keeps) })

/** Whether the browser keeps the next login when it is closed. */
export const keepNext = (keep: boolean) => {
  keeps = keep
}

/** Signs in, for this tab or, with `keep`, for the browser. */
export async function signIn(credentials: Credentials | PasskeyCredentials | EmailCodeCredentials, keep: boolean) {
  keeps = keep
  return await client.signIn(credentials)
}
