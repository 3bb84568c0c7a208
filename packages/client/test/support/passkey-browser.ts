import type { Test } from 'tap'
import { installNavigator } from './web-locks.ts'

interface Options {
  publicKey: { challenge?: string }
  mediation?: 'conditional'
  signal?: AbortSignal
}

/** A ceremony that the browser was asked for. It waits until the test settles it, or its signal aborts. */
export interface AskedCeremony extends Options {
  kind: 'get' | 'create'
  resolve(credential: object): void
  reject(error: Error): void
}

/** The response of an authenticator, as `toJSON` gives it. */
export const response = { id: 'AQ', rawId: 'AQ', type: 'public-key', response: {}, clientExtensionResults: {} }

/** A credential with that response. */
export const credential = { toJSON: () => response }

/** A browser with passkeys that has these capabilities, during the test: its ceremonies and the signals that it got. */
export function installPasskeyBrowser(t: Test, capabilities: Record<string, boolean>, methods: object = {}) {
  const ceremonies: AskedCeremony[] = []
  const signals: [name: string, details: object][] = []
  const ask = (kind: AskedCeremony['kind']) => (options: Options) =>
    new Promise<object>((resolve, reject) => {
      ceremonies.push({ kind, resolve, reject, ...options })
      const leave = () => reject(options.signal?.reason)
      if (options.signal?.aborted) leave()
      options.signal?.addEventListener('abort', leave)
    })
  const signal = (name: string) => async (details: object) => void signals.push([name, details])
  const names = ['signalAllAcceptedCredentials', 'signalCurrentUserDetails', 'signalUnknownCredential']
  installNavigator(t, { credentials: { get: ask('get'), create: ask('create') } })
  t.intercept(globalThis as { PublicKeyCredential?: unknown }, 'PublicKeyCredential', {
    value: {
      getClientCapabilities: async () => capabilities,
      parseRequestOptionsFromJSON: (json: object) => json,
      parseCreationOptionsFromJSON: (json: object) => json,
      ...Object.fromEntries(names.map(name => [name, signal(name)])),
      ...methods
    }
  })
  return {
    signals,
    ceremonies,

    /** The ceremony number `count`, once the browser is asked for it. */
    async ceremony(count: number): Promise<AskedCeremony> {
      await until(() => ceremonies.length >= count)
      return ceremonies[count - 1] as AskedCeremony
    }
  }
}

/** Resolves when `isSo` is true. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate)
}
