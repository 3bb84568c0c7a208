import type { ConfigReport } from '../config/config.ts'
import { error, type Finding, ok, warning } from './finding.ts'

const distinctWanted = 8

const advice =
  'Create one with `openssl rand -base64 32`; docs/operating.md explains how to change the secret of an existing database.'

/** Checks that the secret is hard to guess, and that it exists if the database does. Never reveals the secret. */
export function checkSecret(
  settings: Pick<ConfigReport, 'secret' | 'wrong' | 'config'>,
  hasDatabase: boolean
): Finding[] {
  const { secret, wrong, config } = settings
  if (secret.value !== undefined) {
    return [
      new Set(secret.value).size < distinctWanted
        ? error(
            'secret',
            `SECRET has fewer than ${distinctWanted} different characters and is easy to guess. ${advice}`
          )
        : ok('secret', 'SECRET has enough different characters.')
    ]
  }
  // Otherwise a missing or unreadable secret is already reported as a problem of the settings.
  const isCreated = secret.path === undefined && !wrong.has('secret') && config.databaseUrl.startsWith('sqlite:')
  if (!isCreated) return []
  return [
    hasDatabase
      ? warning(
          'secret',
          'The database exists, but its secret is missing. Restore the secret, or the next start creates one that cannot decrypt the signing keys.'
        )
      : ok('secret', 'There is no secret yet. The first start creates one.')
  ]
}
