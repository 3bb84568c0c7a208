import { createClient } from '@sallyport/client'
import { digest, getRandomValues } from 'expo-crypto'
import * as SecureStore from 'expo-secure-store'
import { secureStorage } from './secure-storage'

// React Native has no AbortSignal.timeout, which the client uses to refresh and to sign out.
AbortSignal.timeout ??= milliseconds => {
  const controller = new AbortController()
  setTimeout(() => controller.abort(), milliseconds)
  return controller.signal
}

// Nor has it the parts of crypto that a login with a code in the mail needs.
if (!globalThis.crypto?.subtle) Object.assign(globalThis, { crypto: { getRandomValues, subtle: { digest } } })

/** The server's issuer. A phone cannot reach the 127.0.0.1 of your computer. */
export const server = process.env.EXPO_PUBLIC_SALLYPORT ?? 'http://127.0.0.1:3000'

/** The login of this phone. */
export const session = createClient({ url: server, storage: secureStorage(SecureStore) })
