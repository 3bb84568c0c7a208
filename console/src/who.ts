import { computed, signal } from '@preact/signals'
import type { Credentials, PasskeyCredentials, SignedIn } from '@sallyport/client'
import { api, ok } from './api.ts'
import { Cancelled } from './explain.ts'
import { client, signIn, signOut, wasLeft } from './session.ts'
import { complain } from './ui/notices.tsx'
import { ask, askForCode, question, WantsAnother } from './ui/prove-dialog.tsx'
import { newCodes, suggestedTo, suggestPasskey } from './ui/suggestion.tsx'

/** The signed-in user; `undefined` while no one is. */
export const user = signal<SignedIn>()

/**
 * The user whose login expired or was ended, until they sign in again: their page and their input stay.
 */
export const former = signal<SignedIn>()

/** Whether the storage of the tab has been read. */
export const isKnown = signal(false)

client.onChange(who => {
  if (!who && user.value) {
    // Its dialog would be in the way of the sign-in.
    question.value?.end(new Cancelled())
    if (!wasLeft()) former.value = user.value
  }
  if (who) former.value = undefined
  else {
    suggestedTo.value = undefined
    newCodes.value = undefined
  }
  user.value = who
  isKnown.value = true
})

const scopes = computed(() => new Set((user.value ?? former.value)?.scope.split(' ')))

/** Whether the login has this scope. The server refuses everything else. */
export const can = (scope: string) => scopes.value.has(scope)

/** Whether the account has to add a second factor first: its login can do nothing else. */
export const mustEnrol = computed(() => can('factors'))

/** Scopes of the account that the metadata does not list. */
let unlisted: string[] = []

/** Requests every scope that the server knows, because it grants those that administer it only by name. */
async function everyScope(): Promise<string> {
  const metadata = await ok(api.GET('/.well-known/oauth-authorization-server'))
  return [...new Set([...metadata.scopes_supported, ...unlisted])].join(' ')
}

/** Ends the login; the dialog that then asks for another one requests these scopes too. */
export async function signInAgainWith(scopes: string[]) {
  unlisted = scopes
  await client.signOut()
}

/**
 * Signs in with everything that the account may do; a second factor is asked for in a dialog. Then suggests a passkey,
 * unless the login can only add a second factor. The person does not see a failure of that.
 */
export async function logIn(username: string, password: string, keep: boolean) {
  const credentials: Credentials = { username, password, scope: await everyScope(), secondFactor: ask('otp') }
  const { scope } = await signIn(credentials, keep)
  if (!scope.split(' ').includes('factors')) suggestPasskey().catch(() => {})
}

/**
 * Offers passkeys in the autofill of the form until `signal` aborts. When the server refuses one, tells the person why,
 * and offers them again.
 */
export async function offerPasskeys(signal: AbortSignal) {
  const offer = { signal, scope: await everyScope() }
  while (!signal.aborted) {
    try {
      await client.autofill(offer)
      return
    } catch (error) {
      complain(error)
    }
  }
}

/** Signs in with a passkey alone. */
export async function logInWith(passkey: PasskeyCredentials['passkey'], keep: boolean) {
  await signIn({ passkey, scope: await everyScope() }, keep)
}

/** Signs in with a code that the server mails; a second factor is asked for after it. */
export async function logInWithCode(username: string, keep: boolean): Promise<void> {
  const credentials = { username, emailCode: askForCode, scope: await everyScope(), secondFactor: ask('otp') }
  try {
    await signIn(credentials, keep)
  } catch (error) {
    if (!(error instanceof WantsAnother)) throw error
    await logInWithCode(username, keep)
  }
}

/** Ends the login. Resolves to whether the server has ended it too. */
export async function logOut(): Promise<boolean> {
  try {
    return await signOut()
  } finally {
    former.value = undefined
  }
}
