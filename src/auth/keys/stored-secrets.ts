import { createSealing, type Secrets } from '../../base/sealing.ts'

/** Seals the private parts of signing keys. */
export const signingKeySealing = (secrets: Secrets) =>
  createSealing(secrets, 'signing-keys', ({ kid }: { kid: string }) => kid)

/** Seals the secrets of authenticator apps. */
export const appSealing = (secrets: Secrets) =>
  createSealing(secrets, 'totp', ({ id, userId }: { id: string; userId: string }) => `${userId}\n${id}`)

/** Seals the keys that hash the recovery codes, one for each account. */
export const recoveryKeySealing = (secrets: Secrets) =>
  createSealing(secrets, 'recovery-code-keys', ({ userId }: { userId: string }) => userId)

/** Seals the secrets of webhooks. */
export const webhookSealing = (secrets: Secrets) => createSealing(secrets, 'webhooks', ({ id }: { id: string }) => id)
