import {
  type BoundKey,
  canMakeKeys,
  type DpopKey,
  type KeyPair,
  makeKeyPair,
  signerOf,
  withThumbprint
} from './dpop-key.ts'
import { indexedDbKeyStore } from './dpop-key-store.ts'
import type { TokenStorage } from './storage.ts'

export type DpopKeys = ReturnType<typeof createDpopKeys>

/**
 * The keys of the logins in a storage. All logins of a storage have one key: another tab may log in at any time, and a
 * login that is stored without its key is lost.
 */
export function createDpopKeys({
  dpop,
  storage,
  name,
  isSupported
}: {
  /** A key of the application, or `false` for logins without one. */
  dpop: false | DpopKey | undefined
  storage: Pick<TokenStorage, 'keys'>
  name: string
  /** Whether the server binds logins to keys. */
  isSupported: (signal: AbortSignal | undefined) => Promise<boolean>
}) {
  const given = dpop ? withThumbprint(dpop) : undefined
  // Awaited by the first login or request. Until then, a rejection is not an unhandled one.
  given?.catch(() => {})
  const store = storage.keys === 'indexedDB' ? indexedDbKeyStore(name) : undefined
  /** The keys that this page has read, by thumbprint. They work even when another tab has replaced the stored one. */
  const known = new Map<string, BoundKey>()
  let forNewLogins: Promise<BoundKey | undefined> | undefined

  async function signerFor(pair: KeyPair): Promise<BoundKey> {
    const signer = await signerOf(pair)
    known.set(signer.jkt, signer)
    return signer
  }

  /** The key of new logins. Where none can be kept, logins have none, until the page is loaded again. */
  async function makeOrRead(): Promise<BoundKey | undefined> {
    if (dpop === false || given || !canMakeKeys()) return await given
    if (store) return await signerFor((await store.read()) ?? (await store.add(await makeKeyPair())))
    return storage.keys === 'memory' ? await signerFor(await makeKeyPair()) : undefined
  }

  async function keyOf(jkt: string): Promise<BoundKey | undefined> {
    if (given) return (await given).jkt === jkt ? await given : undefined
    if (!known.has(jkt)) {
      const pair = await store?.read()
      if (pair) await signerFor(pair)
    }
    return known.get(jkt)
  }

  return {
    /**
     * The key with this thumbprint. `undefined` when it is lost. Rejects when it cannot be read now. Without a
     * thumbprint: the key that a login is bound to by its next request, and `undefined` when there can be none.
     */
    async of(jkt: string | undefined, signal?: AbortSignal): Promise<BoundKey | undefined> {
      if (jkt !== undefined) return await keyOf(jkt)
      forNewLogins ??= makeOrRead().catch(() => undefined)
      const key = await forNewLogins
      return key && (await isSupported(signal)) ? key : undefined
    }
  }
}
