import { type Credentials, createClient, type EmailCodeCredentials, type PasskeyCredentials } from '@sallyport/client'
import { createLoginStorage } from './login-storage.ts'
import { server } from './place.ts'

let keeps = false
let isLeaving = false

const storage = createLoginStorage({
  isKept: () => keeps,
  isLeaving: () => isLeaving,
  onLeft: () => {
    isLeaving = true
  },
  onReplaced(login) {
    const replaced = { get: () => login, set() {}, remove() {}, keys: 'indexedDB' as const }
    // Best effort, as with every login that another takes the place of.
    createClient({ url: server, storage: replaced })
      .signOut()
      .catch(() => {})
  }
})

/** Whether the browser stores logins. */
export const canKeep = storage !== undefined

/** The login of this tab, or of the browser. */
export const client = createClient({ url: server, storage })

/** Whether the browser keeps the next login when it is closed. */
export const keepNext = (keep: boolean) => {
  keeps = keep
}

/** Signs in, for this tab or, with `keep`, for the browser. */
export async function signIn(credentials: Credentials | PasskeyCredentials | EmailCodeCredentials, keep: boolean) {
  keeps = keep
  return await client.signIn(credentials)
}

/** Whether the login ends, or has ended, because the person signs out here, or in another tab that has the login. */
export const wasLeft = () => isLeaving

/** Ends the login. Resolves to whether the server has ended it too. */
export async function signOut(): Promise<boolean> {
  isLeaving = true
  return await client.signOut().catch(error => {
    isLeaving = false
    throw error
  })
}

client.onChange(who => {
  if (who) isLeaving = false
})
