import { createHash, randomBytes } from 'node:crypto'

/** A code verifier and its S256 challenge (RFC 7636 §4.1, §4.2). */
export function createPkce() {
  const code_verifier = randomBytes(32).toString('base64url')
  const code_challenge = createHash('sha256').update(code_verifier).digest('base64url')
  return { code_verifier, challenge: { code_challenge, code_challenge_method: 'S256' } }
}
