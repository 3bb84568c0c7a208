import { mostIdentities } from '../auth/identities/identities.ts'
import { invalidMember } from '../base/errors.ts'
import { isGiven, jsonOf } from './values.ts'

/** An account at an issuer of ID tokens, as the claims `iss` and `sub` name it. */
export interface MovedIdentity {
  issuer: string
  subject: string
}

/** The issuers whose subjects other applications store, by the names that these give them. */
const issuers = new Map(
  Object.entries({
    'https://accounts.google.com': ['google', 'google.com', 'google-oauth2'],
    'https://appleid.apple.com': ['apple', 'apple.com']
  }).flatMap(([issuer, names]) => names.map(name => [name, issuer] as const))
)

/** The identity of `subject` at a provider; `undefined` for one without ID tokens that stay valid here. */
export function identityAt(provider: unknown, subject: unknown): MovedIdentity | undefined {
  const issuer = issuers.get(String(provider))
  return issuer !== undefined && isGiven(subject) ? { issuer, subject: String(subject) } : undefined
}

/** The identities in an array, or its JSON, of objects in which `provider` and `subject` are members. */
export const identitiesIn = (list: unknown, [provider, subject]: [string, string]) =>
  objectsIn(list).flatMap(item => identityAt(item[provider], item[subject]) ?? [])

/** The identities of a field, an array of `{"issuer", "subject"}` or its JSON. Throws a Problem about any other value. */
export function movedIdentities(value: unknown): MovedIdentity[] {
  const list = objectsIn(value).map(({ issuer, subject }) => {
    if (typeof issuer !== 'string' || !/^https:\/\/\S{1,500}$/.test(issuer))
      throw invalidMember('/identities', 'has an issuer that is not an https URL')
    if (typeof subject !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(subject))
      throw invalidMember('/identities', 'has a subject that is not 1 to 255 ASCII characters')
    return { issuer, subject }
  })
  if (list.length > mostIdentities) throw invalidMember('/identities', `has more than ${mostIdentities} items`)
  return list
}

function objectsIn(value: unknown): Record<string, unknown>[] {
  const list = jsonOf('identities', value) ?? []
  const isObject = (item: unknown): item is Record<string, unknown> => typeof item === 'object' && item !== null
  if (!Array.isArray(list) || !list.every(isObject)) throw invalidMember('/identities', 'is not an array of objects')
  return list
}
