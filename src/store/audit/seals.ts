import { createHash, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto'
import type { Schema } from '../engine/dialect.ts'
import type { AuditRow } from './events.ts'

export type Seal = Schema['seals']['$inferSelect']

/** The Ed25519 key that signs seals. `publicKey` is its 32 bytes in base64url, as in a JWK. */
export interface SealKey {
  privateKey: KeyObject
  publicKey: string
}

/** The number and hash of a seal; 0 and an empty hash before the first. */
export interface Link {
  number: number
  hash: string
}

/** The link before the first seal. */
export const beginning: Link = { number: 0, hash: '' }

/** Events per seal, since one statement marks them. */
export const mostSealed = 1000

/**
 * The part of an event that is sealed, identical on both engines: a JSON array without whitespace, the time in
 * milliseconds since the epoch, the members of `detail` sorted by name, and a line feed.
 */
export const eventLine = ({ seq, at, action, actor, subject, clientId, ip, detail }: AuditRow) =>
  `${JSON.stringify([seq, at.getTime(), action, actor, subject, clientId, ip, detail], Object.keys(detail ?? {}).sort())}\n`

/** Collects the lines of a seal's events, in the order of their numbers. `digest` is their SHA-256 in hexadecimal. */
export function createDigest() {
  const sha256 = createHash('sha256')
  return {
    count: 0,
    add(row: AuditRow) {
      sha256.update(eventLine(row))
      this.count++
    },
    digest: () => sha256.digest('hex')
  }
}

/** The signed text of a seal. */
const sealText = ({ number, previous, events, digest, at, publicKey }: Omit<Seal, 'signature' | 'pruned'>) =>
  JSON.stringify(['sallyport seal', number, previous, events, digest, at.getTime(), publicKey])

/** The signed text that says that the events up to this seal were pruned. */
const prunedText = ({ number, hash }: Link) => JSON.stringify(['sallyport pruned', number, hash])

/** The place of a seal. The hash is the SHA-256 of its text, in hexadecimal. */
export const linkOf = (seal: Seal): Link => ({ number: seal.number, hash: hash('sha256', sealText(seal)) })

/** Seals `rows`, ordered by their numbers, after the seal `previous`. */
export function createSeal(rows: AuditRow[], previous: Link, at: Date, { privateKey, publicKey }: SealKey): Seal {
  const lines = createDigest()
  for (const row of rows) lines.add(row)
  const seal = {
    number: previous.number + 1,
    previous: previous.hash,
    events: rows.length,
    digest: lines.digest(),
    at,
    publicKey
  }
  return { ...seal, signature: signature(privateKey, sealText(seal)), pruned: null }
}

/** The signature for the column `pruned` of `seal`. */
export const signPruned = (seal: Seal, { privateKey }: SealKey) => signature(privateKey, prunedText(linkOf(seal)))

/** The fault of `seal` itself, or `undefined`. `trusted` are the public keys that may sign. */
export function faultOfSeal(seal: Seal, trusted: string[]): string | undefined {
  if (!trusted.includes(seal.publicKey)) return `is signed by another key, ${seal.publicKey}`
  if (!isSigned(sealText(seal), seal.signature, seal.publicKey)) return 'was changed: its signature does not match'
  return undefined
}

/** Whether a trusted key has signed that the events up to this seal were pruned. */
export const isPruned = (seal: Seal, trusted: string[]) =>
  seal.pruned !== null && trusted.some(key => isSigned(prunedText(linkOf(seal)), seal.pruned as string, key))

const signature = (key: KeyObject, text: string) => sign(null, Buffer.from(text), key).toString('base64url')

function isSigned(text: string, signature: string, publicKey: string): boolean {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' })
  return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'))
}
