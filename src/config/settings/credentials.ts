import { availableParallelism } from 'node:os'
import { Type } from '@sinclair/typebox'
import { list } from './kinds.ts'

/** Passwords, second factors and passkeys. */
export const credentials = {
  passwordHash: Type.Union([Type.Literal('bcrypt'), Type.Literal('argon2id')], {
    default: 'bcrypt',
    description:
      'Form of new hashes; others are replaced at the next login. `argon2id` takes 19 MiB for each hash that runs'
  }),
  bcryptCost: Type.Integer({
    minimum: 4,
    maximum: 16,
    default: 12,
    description: 'bcrypt cost of new hashes; use 10 or more in production'
  }),
  hashConcurrency: Type.Integer({
    minimum: 1,
    maximum: 128,
    default: availableParallelism(),
    description: 'Passwords hashed at the same time'
  }),
  passwordMinLength: Type.Integer({
    minimum: 8,
    maximum: 64,
    default: 15,
    description: 'Minimum length of a new password (characters)'
  }),
  breachCheck: Type.Optional(
    Type.String({
      pattern: '^https?://[^?#\\s]+$',
      description:
        'Range API of breached passwords, such as `https://api.pwnedpasswords.com/range/`, which gets five digits of the SHA-1 of each new password; when unset, none is asked',
      expected: 'an https URL, or http for this machine, without username, query and fragment'
    })
  ),
  secondFactor: Type.Union(
    [Type.Literal('off'), Type.Literal('optional'), Type.Literal('administrators'), Type.Literal('required')],
    {
      default: 'optional',
      description:
        'Who must have a second factor (authenticator app, passkey): everyone (`required`), accounts with a scope that administers this server (`administrators`; use it in production), or nobody (`optional`). Until they do, their login can only add one. With `off`, no account has one'
    }
  ),
  emailCodes: Type.Union([Type.Literal('off'), Type.Literal('on')], {
    default: 'off',
    description:
      'Whether accounts with a verified address can log in with a code in the mail instead of the password, and register without one'
  }),
  rpId: Type.Optional(
    Type.String({
      pattern:
        '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)*(localhost|[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.[a-z][a-z0-9-]*[a-z0-9])$',
      description:
        'Domain that the passkeys belong to (WebAuthn RP ID), without scheme and port, such as `example.com`; it cannot change later, and when unset, passkeys are off',
      expected: 'a domain name in lower case, such as example.com, or localhost'
    })
  ),
  rpOrigins: list(
    'Origins whose pages may use the passkeys, and `android:apk-key-hash:` origins of apps that `assetlinks.json` in `WELL_KNOWN` does not list; origins outside `RP_ID` work where `/.well-known/webauthn` is served at `RP_ID`',
    'an origin such as https://app.example.com or http://localhost:5173, or android:apk-key-hash: and a SHA-256 hash in base64url',
    '^(https://[a-z0-9.-]+(:\\d+)?|http://([a-z0-9-]+\\.)*localhost(:\\d+)?|android:apk-key-hash:[\\w-]{43})$'
  )
}
