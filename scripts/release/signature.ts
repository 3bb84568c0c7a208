import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'

/** The keys that may sign a release, in the format of `allowed_signers` in ssh-keygen(1). */
export const signersFile = 'docs/evidence/release-signers'

/** A sentence if no key may sign a release yet. */
export function problemOfSigners(signers = signersFile): string[] {
  const hasKey = /^[^#\s]/m.test(readFileSync(signers, 'utf8'))
  return hasKey ? [] : [`${signers} names no key: add the line of your public key.`]
}

/**
 * Signs `file` into `FILE.sig` with the SSH key at the path `key`: a private key, or a public key whose private one is
 * in the agent or on a token. Returns a sentence if that fails, or if users would not accept the key.
 */
export function sign(file: string, key: string, signers = signersFile): string[] {
  rmSync(`${file}.sig`, { force: true })
  const signed = spawnSync('ssh-keygen', ['-Y', 'sign', '-q', '-n', 'file', '-f', key, file], { stdio: 'inherit' })
  if (signed.status !== 0) return [`ssh-keygen cannot sign with ${key}.`]
  const verify = ['-Y', 'verify', '-f', signers, '-I', 'sallyport', '-n', 'file', '-s', `${file}.sig`]
  try {
    execFileSync('ssh-keygen', verify, { input: readFileSync(file), stdio: 'pipe' })
    return []
  } catch {
    return [`${signers} does not accept the key ${key}: add the line of its public key, or name another key.`]
  }
}
