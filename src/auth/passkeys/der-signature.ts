/**
 * Whether a signature of ES256 has the form of WebAuthn L3 §6.5.5: two positive integers in DER (RFC 3279 §2.2.3). The
 * library also reads other forms of the same integers, and bytes after them.
 */
export function isDerSignature(signature: Uint8Array): boolean {
  const [tag, length] = signature
  // The longest one of P-256 has 72 bytes, so that each length is one byte.
  const isSequence = tag === 0x30 && length === signature.length - 2 && length < 0x80
  return isSequence && afterInteger(signature, afterInteger(signature, 2)) === signature.length
}

/** Where the integer at `start` ends; NaN when it is not positive, or longer than it has to be. */
function afterInteger(bytes: Uint8Array, start: number): number {
  const [tag, length = 0, first = 0, second = 0] = bytes.subarray(start)
  const isPositive = first < 0x80 && (first > 0 || (length > 1 && second >= 0x80))
  return tag === 2 && length > 0 && isPositive ? start + 2 + length : Number.NaN
}
