import { availableParallelism } from 'node:os'
import { Type } from '@sinclair/typebox'
import { list, seconds } from './kinds.ts'

/** Passwords, second factors and passkeys. */
export const credentials = {
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
  hashQueue: Type.Integer({
    minimum: 0,
    maximum: 10_000,
    default: 32,
    description: 'Passwords that may wait to be hashed; further requests get 503'
  }),
  hashMaxWait: seconds('Longest wait of a password to be hashed; then the request gets 503', 5),
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
        'Range API of breached passwords, such as `https://api.pwnedpasswords.com/range/`, which gets five hexadecimal digits of the SHA-1 of each new password; when unset, no server is asked',
      expected: 'an https URL, or http for this machine, without username, query and fragment'
    })
  ),
  secondFactor: Type.Union([Type.Literal('off'), Type.Literal('optional'), Type.Literal('required')], {
    default: 'optional',
    description:
      'Whether accounts can have a second factor (authenticator app, passkey). With `required`, every account needs one, and a login without it can do nothing but enrol it'
  }),
  adminSecondFactor: Type.Union([Type.Literal('optional'), Type.Literal('required')], {
    default: 'optional',
    description: 'The same for accounts with a scope that administers this server; use `required` in production'
  }),
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
