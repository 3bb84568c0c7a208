import type { UserRow } from '../../store/users.ts'

export type RelyingParty = ReturnType<typeof createRelyingParty>

/** Whom the passkeys belong to: the RP ID, and the origins that may use them. */
export function createRelyingParty(config: { rpId: string; rpOrigins: string[]; androidApps: string[] }) {
  return {
    id: config.rpId,
    origins: [...config.rpOrigins, ...config.androidApps.flatMap(originsOfApp)]
  }
}

/** The origins of an entry of ANDROID_APPS: a package name and the fingerprints of its certificates. */
function originsOfApp(entry: string): string[] {
  const [, ...fingerprints] = entry.split(' ')
  return fingerprints.map(
    hex => `android:apk-key-hash:${Buffer.from(hex.replaceAll(':', ''), 'hex').toString('base64url')}`
  )
}

/** The account as a browser shows it beside its passkeys (WebAuthn L3 §5.4.3). */
export const userEntity = ({ id, username, fullName }: Pick<UserRow, 'id' | 'username' | 'fullName'>) => ({
  id: userHandle(id),
  name: username,
  displayName: fullName || username
})

/** The user handle of an account in base64url (WebAuthn L3 §5.4.3): the bytes of its id. */
export const userHandle = (userId: string) => Buffer.from(userId).toString('base64url')
