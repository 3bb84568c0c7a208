import type { ConfigReport } from '../config/config.ts'
import { error, type Finding, ok, warning } from './finding.ts'

const distinctWanted = 8

const make =
  'Make one with `openssl rand -base64 32`; docs/operating.md says how to change the secret of a database with keys.'

/** Whether the secret has enough different characters, and exists if the database does. Never reveals the secret. */
export function checkSecret(
  settings: Pick<ConfigReport, 'secret' | 'wrong' | 'config'>,
  hasDatabase: boolean
): Finding[] {
  const { secret, wrong, config } = settings
  if (secret.value !== undefined) {
    return [
      new Set(secret.value).size < distinctWanted
        ? error('secret', `SECRET has fewer than ${distinctWanted} different characters and can be guessed. ${make}`)
        : ok('secret', 'SECRET has enough different characters.')
    ]
  }
  // Where no secret is created, a missing or unreadable one is already an error among the settings.
  const isMade = secret.path === undefined && !wrong.has('secret') && config.databaseUrl.startsWith('sqlite:')
  if (!isMade) return []
  return [
    hasDatabase
      ? warning(
          'secret',
          'There is a database and no secret beside it: put its secret back, or the next start makes one that does not open its keys.'
        )
      : ok('secret', 'There is no secret yet: the first start makes one.')
  ]
}
