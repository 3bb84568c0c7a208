import { useMemo, useState, useSyncExternalStore } from 'react'
import { type Failure, failureOf } from './failure.ts'
import type { Client } from './index.ts'
import { loading, type Session } from './session.ts'

export type { Failure } from './failure.ts'

/** The session of a client, and its operations, whose errors are state. */
export type UseSession = Session & {
  /** Why the last operation of this component failed; `undefined` while one runs, and after a success. */
  error: Failure | undefined
  /** Whether an operation of this component runs. */
  isBusy: boolean
  /** As `signIn` of the client, but never rejects: resolves to `undefined` on an error. */
  signIn: (...given: Parameters<Client['signIn']>) => Promise<Awaited<ReturnType<Client['signIn']>> | undefined>
  /** As `signOut` of the client, but never rejects: resolves to `undefined` on an error. */
  signOut: () => Promise<boolean | undefined>
  /** Runs any other operation in the same way, such as `run(() => client.addPasskey({ name }))`. */
  run: <T>(operation: () => Promise<T>) => Promise<T | undefined>
}

/**
 * The session of `client` in a component of React 18 or 19, which renders again when it changes, in any tab. It needs
 * no provider: give the same client everywhere. It is loading until the storage has been read, and where a server
 * renders the page. The operations stay the same while the client does.
 */
export function useSession(client: Pick<Client, 'current' | 'subscribe' | 'signIn' | 'signOut'>): UseSession {
  const session = useSyncExternalStore(
    client.subscribe,
    () => client.current,
    () => loading
  )
  const [state, setState] = useState<Pick<UseSession, 'error' | 'isBusy'>>({ error: undefined, isBusy: false })
  const operations = useMemo(() => {
    async function run<T>(operation: () => Promise<T>): Promise<T | undefined> {
      setState({ error: undefined, isBusy: true })
      try {
        const result = await operation()
        setState({ error: undefined, isBusy: false })
        return result
      } catch (error) {
        setState({ error: failureOf(error), isBusy: false })
        return undefined
      }
    }
    return {
      run,
      signIn: (...given: Parameters<Client['signIn']>) => run(() => client.signIn(...given)),
      signOut: () => run(() => client.signOut())
    }
  }, [client])
  return { ...session, ...state, ...operations }
}
