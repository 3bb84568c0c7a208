import { deriveKey, unseal } from '../auth/keys/secrets.ts'
import type { ConfigReport } from '../config/config.ts'
import type { Probe } from '../store/inspect/probe.ts'
import { error, type Finding, ok } from './finding.ts'

const distinctWanted = 8

const advice =
  'Create one with `openssl rand -base64 32`; docs/operating.md explains how to change the secret of an existing database.'

/** Checks that the secret is hard to guess, and that it decrypts the signing keys. Never reveals the secret. */
export function checkSecret(
  { secret, wrong, config }: Pick<ConfigReport, 'secret' | 'wrong' | 'config'>,
  probe: Pick<Probe, 'signingKey'> = {}
): Finding[] {
  const { signingKey } = probe
  // A secret that is required, or cannot be read, is already reported as a problem of the settings.
  const isCreated = secret.path === undefined && !wrong.has('secret') && config.databaseUrl.startsWith('sqlite:')
  return [
    ...(secret.value !== undefined ? [checkStrength(secret.value)] : isCreated && !signingKey ? [created] : []),
    ...(signingKey ? [checkSigningKey(signingKey, secret.value)] : [])
  ]
}

const created = ok('secret', 'There is no secret yet. The first start creates one.')

const checkStrength = (secret: string) =>
  new Set(secret).size < distinctWanted
    ? error('secret', `SECRET has fewer than ${distinctWanted} different characters and is easy to guess. ${advice}`)
    : ok('secret', 'SECRET has enough different characters.')

function checkSigningKey({ kid, sealed }: NonNullable<Probe['signingKey']>, secret: string | undefined): Finding {
  const remedy =
    'Set the SECRET that encrypted them, or restore the file `secret` beside the database. docs/operating.md explains how to change the secret.'
  if (secret === undefined)
    return error(
      'signing-keys',
      `The database has signing keys, and there is no valid SECRET to decrypt them. ${remedy}`
    )
  try {
    unseal(deriveKey(secret, 'signing-keys'), sealed, kid)
    return ok('signing-keys', 'SECRET decrypts the signing keys.')
  } catch {
    return error('signing-keys', `SECRET does not decrypt the signing keys of the database. ${remedy}`)
  }
}
