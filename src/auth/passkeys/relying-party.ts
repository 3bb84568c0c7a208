import type { UserRow } from '../../store/users.ts'

/** Whom the passkeys belong to: the RP ID, and the origins that may use them. */
export interface RelyingParty {
  id: string
  origins: string[]
}

/** The account as a browser shows it beside its passkeys (WebAuthn L3 §5.4.3). */
export const userEntity = ({ id, username, fullName }: Pick<UserRow, 'id' | 'username' | 'fullName'>) => ({
  id: userHandle(id),
  name: username,
  displayName: fullName || username
})

/** The user handle of an account in base64url (WebAuthn L3 §5.4.3): the bytes of its id. */
export const userHandle = (userId: string) => Buffer.from(userId).toString('base64url')
