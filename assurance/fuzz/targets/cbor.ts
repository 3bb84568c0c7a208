import assert from 'node:assert/strict'
import { decodeCredentialPublicKey, isoCBOR } from '@simplewebauthn/server/helpers'
import { type CoseKey, isUsableKey } from '../../../src/auth/passkeys/cose-key.ts'
import { type Cbor, encodeCbor } from '../../../test/support/cbor.ts'

// The readers of CBOR and of COSE keys. A value that test/support/cbor.ts can write is read as the same, no value has
// more items than bytes, and a key is usable or not.

export function fuzz(data: Buffer) {
  const value = decoded(() => isoCBOR.decodeFirst<unknown>(new Uint8Array(data)))
  assert.ok(itemsIn(value) <= data.length + 1)
  if (isWritable(value)) assert.deepEqual(isoCBOR.decodeFirst(new Uint8Array(encodeCbor(value))), value)
  const key = decoded(() => decodeCredentialPublicKey(new Uint8Array(data)))
  if (key instanceof Map) assert.equal(typeof isUsableKey(key as unknown as CoseKey), 'boolean')
}

/** The value, or `undefined` for bytes that are refused, by an error as a program throws it. */
function decoded<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    assert.ok(error instanceof Error && !(error instanceof TypeError), String(error))
    return undefined
  }
}

const children = (value: unknown) =>
  Array.isArray(value) ? value : value instanceof Map ? [...value].flat() : ([] as unknown[])

const itemsIn = (value: unknown): number => children(value).reduce((sum: number, child) => sum + itemsIn(child), 1)

function isWritable(value: unknown): value is Cbor {
  if (typeof value === 'number')
    return Number.isInteger(value) && !Object.is(value, -0) && value >= -65_536 && value < 65_536
  const isContainer = Array.isArray(value) || value instanceof Map
  return typeof value === 'string' || value instanceof Uint8Array || (isContainer && children(value).every(isWritable))
}
