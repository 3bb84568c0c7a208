import { hashRaw } from '@node-rs/argon2'
import t from 'tap'
import { isKnownHash, matchesHash } from '../../src/auth/hashing/stored-hashes.ts'
import { loadBcrypt } from '../../src/wiring/bcrypt.ts'
import { hex, vectorsIn, type WycheproofVector } from './sets.ts'

const libraries = { bcrypt: await loadBcrypt(), argon2: { hashRaw } }
const matches = async (password: string, stored: string) =>
  isKnownHash(stored) && (await matchesHash(password, stored, libraries))

interface Known {
  password: string
  hash: string
  result: 'valid' | 'invalid'
}

/**
 * Why a hash that passlib verifies is refused here: Argon2 before version 1.3, Argon2d, the first bcrypt, and an empty
 * password, for which bcrypt alone has the hash of other passwords too.
 */
const isRefused = ({ password, hash }: Known) =>
  /^\$argon2(i\$m=|d\$)|^\$2\$/.test(hash) || (password === '' && /^(bcrypt\$)?\$2/.test(hash))

t.test('passlib: the hashes that it knows verify with their passwords only', async t => {
  const { vectors } = vectorsIn<Known>('passlib')
  const wrong: string[] = []
  const counts = { accepted: 0, refused: 0 }
  for (const vector of vectors) {
    const { password, hash: stored, result } = vector
    const isAccepted = await matches(password, stored)
    counts[isAccepted ? 'accepted' : 'refused']++
    if (isAccepted !== (result === 'valid' && !isRefused(vector))) wrong.push(`${stored} ${result}`)
    if (result === 'invalid' && isKnownHash(stored)) wrong.push(`${stored} is a known form`)
    if (isAccepted && (await matches(`x${password}`, stored))) wrong.push(`${stored} with another password`)
  }
  t.strictSame(wrong, [])
  t.strictSame(counts, { accepted: 70, refused: 50 })
})

interface Pbkdf2 extends WycheproofVector {
  password: string
  salt: string
  iterationCount: number
  dk: string
}

/** passlib's base64 of bytes in hexadecimal. */
const ab64 = (bytes: string) => hex(bytes).toString('base64').replaceAll('+', '.').replaceAll('=', '')

t.test('wycheproof-pbkdf2-sha256: the hashes verify in the form of passlib', async t => {
  const { vectors } = vectorsIn<Pbkdf2>('wycheproof-pbkdf2-sha256')
  t.equal(vectors.length, 37)
  let tested = 0
  for (const { tcId, password, salt, iterationCount, dk } of vectors) {
    const text = hex(password).toString()
    // A form stores the first 32 bytes. A password is text, and a salt has 2 characters or more.
    const stored = `$pbkdf2-sha256$${iterationCount}$${ab64(salt)}$${ab64(dk.slice(0, 64))}`
    if (Buffer.from(text).toString('hex') !== password || !isKnownHash(stored)) continue
    tested++
    t.equal(await matches(text, stored), true, String(tcId))
    t.equal(await matches(`${text}x`, stored), false, `${tcId} with another password`)
  }
  t.equal(tested, 29)
})
