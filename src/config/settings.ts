import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { access } from './settings/access.ts'
import { credentials } from './settings/credentials.ts'
import { mail } from './settings/mail.ts'
import { operation } from './settings/operation.ts'
import { server } from './settings/server.ts'
import { tokens } from './settings/tokens.ts'

/** Every setting: its type, bounds, default and purpose. The environment variable is the name in UPPER_CASE. */
export const ConfigSchema = Type.Object({
  ...server,
  ...tokens,
  ...credentials,
  ...access,
  ...mail,
  ...operation
})

/** The checked settings; times are in seconds. */
export type Config = Static<typeof ConfigSchema>

/** The environment variable of a setting: `accessTokenTtl` is `ACCESS_TOKEN_TTL`. */
export const envName = (setting: string) => setting.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()

/** Describes the values that a setting accepts; with `isMember`, as a member of an object. */
export function expectation(schema: TSchema, isMember = false): string {
  if (schema.type === 'array') return `${isMember ? 'an array' : 'a comma-separated list'}, each ${schema.each}`
  if (schema.anyOf) return `one of ${schema.anyOf.map((option: TSchema) => option.const).join(', ')}`
  if (schema.type === 'integer') return `a whole number from ${schema.minimum} to ${schema.maximum}`
  return schema.expected
}
