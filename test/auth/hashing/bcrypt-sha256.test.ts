import { createHmac } from 'node:crypto'
import { hash, verify } from '@node-rs/bcrypt'
import t from 'tap'
import {
  bcryptSha256,
  costOf,
  decoyHash,
  hashPassword,
  verifyPassword
} from '../../../src/auth/hashing/bcrypt-sha256.ts'

const bcrypt = { hash, verify }
const right = 'correct horse battery staple'
/** Whether a password matches a hash of this form. */
const check = (password: string, stored: string) => {
  const { cost = '', salt = '', digest = '' } = bcryptSha256.exec(stored)?.groups ?? {}
  return verifyPassword(bcrypt, password, { cost, salt, digest })
}

t.test("A new hash is in passlib's bcrypt_sha256 version 2 (passlib 1.7.3 and later)", async t => {
  const stored = await hashPassword(bcrypt, right, 4)
  t.match(stored, /^\$bcrypt-sha256\$v=2,t=2b,r=4\$[./A-Za-z0-9]{22}\$[./A-Za-z0-9]{31}$/)

  // By hand: bcrypt over base64(HMAC-SHA-256(key = salt, password)).
  const [, , , salt = '', digest = ''] = stored.split('$')
  const key = createHmac('sha256', salt).update(right).digest('base64')
  t.ok(await verify(key, `$2b$04$${salt}${digest}`))
  t.not(await hashPassword(bcrypt, right, 4), stored, 'each has a salt of its own')
})

t.test('Hashes of passlib are verified (passlib.hash.bcrypt_sha256, its own test vectors)', async t => {
  for (const [password, stored] of [
    ['', '$bcrypt-sha256$v=2,t=2b,r=5$E/e/2AOhqM5W/KJTFQzLce$WFPIZKtDDTriqWwlmRFfHiOTeheAZWe'],
    ['password', '$bcrypt-sha256$v=2,t=2b,r=5$5Hg1DKFqPE8C2aflZ5vVoe$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS']
  ] as const) {
    t.equal(await check(password, stored), true, stored)
    t.equal(await check(`${password}x`, stored), false, stored)
  }
})

t.test('The cost is read from hashes of this form only', async t => {
  for (const cost of [4, 12]) {
    t.equal(costOf(decoyHash(cost)), String(cost))
    t.match(decoyHash(cost), bcryptSha256)
  }
  t.equal(costOf(await hash(right, 4)), undefined)
  t.equal(costOf('plain text'), undefined)
})
