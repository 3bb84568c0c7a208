import type { TokenStorage } from '@sallyport/client'

/** The functions of expo-secure-store that are used. */
export interface SecureStore {
  getItemAsync(key: string): Promise<string | null>
  setItemAsync(key: string, value: string): Promise<void>
  deleteItemAsync(key: string): Promise<void>
}

/** Storage for the login in the keychain of iOS and the keystore of Android. */
export const secureStorage = (store: SecureStore): TokenStorage => ({
  get: key => store.getItemAsync(nameOf(key)),
  set: (key, value) => store.setItemAsync(nameOf(key), value),
  remove: key => store.deleteItemAsync(nameOf(key))
})

// SecureStore accepts letters, digits, dots, dashes and underscores; the key of the client contains a URL.
const nameOf = (key: string) => key.replace(/[^\w.-]/g, '_')
