import { addressPrefix, addressPrefixes } from './address-prefix.ts'

/**
 * How what is counted becomes the key of a counter: an own key, and for an IPv6 address that of the /48 around its
 * prefix. `hashed` needs `SECRET`, because people type passwords into the wrong field.
 */
export type Subject<T> = (subject: T, hashed: (text: string) => string) => [key: string, network?: string]

/** An id of this server, as it is. */
export const id: Subject<string> = text => [text]

/** The prefix of an address, within which an attacker can easily change addresses. */
export const prefix: Subject<string | null> = addressPrefixes

/** The same without the /48 of an IPv6 address. */
export const prefixAlone: Subject<string | null> = address => [addressPrefix(address)]

/** The /24 of an IPv4 address, or the /48 of an IPv6 address. */
export const network: Subject<string | null> = address => [String(addressPrefixes(address).at(-1))]

/** Text of a person, such as an e-mail address, or several texts; hashed. */
export const text: Subject<string | (string | null)[]> = (texts, hashed) => [hashed([texts].flat().join('\n'))]

/** One of several kinds, each of which is counted alone, and its subject. */
export const ofKind =
  <Kind extends string, T>(subject: Subject<T>): Subject<[kind: Kind, subject: T]> =>
  ([kind, of], hashed) =>
    subject(of, hashed).map(key => `${kind}:${key}`) as [string, string?]
