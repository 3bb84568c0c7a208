import { test } from 'tap'
import { looksLikeHash, mayBeHash } from '../../src/transfer/looks-like-hash.ts'

const digits = (count: number) => 'd'.repeat(count)

test('Hashes of every kind are recognized', async t => {
  for (const hash of [
    `$2b$12$${digits(53)}`,
    '$argon2id$v=19$m=512,t=2,p=2$c2FsdA$aGFzaA',
    '$bcrypt-sha256$v=2,t=2b,r=12$salt$digest',
    '$6$salt$digest',
    'pbkdf2_sha256$260000$salt$digest=',
    'bcrypt_sha256$$2b$12$digest',
    'scrypt:32768:8:1$salt$digest',
    'md5$$digest',
    `!${digits(40)}`,
    '{SSHA}digest',
    `*${digits(40)}`,
    digits(40),
    digits(56),
    digits(64).toUpperCase(),
    digits(96),
    digits(128)
  ]) {
    t.equal(looksLikeHash(hash), true, hash)
    t.equal(mayBeHash(hash), true, hash)
  }
})

test('Names of people and columns do not look like hashes', async t => {
  const names = `alice alice@example.com !alice! dddd ${digits(41)} ${digits(129)} hashed_password`
  const others = 'two_factor_authentication_enabled_at 018f4e2a-0000-7000-8000-000000000001 =cmd()'
  for (const name of ['', ...`${names} ${others}`.split(' ')]) {
    t.equal(looksLikeHash(name), false, name)
    t.equal(mayBeHash(name), false, name)
  }
})

test('A possible part of a hash, or MD5, is not shown, and may be a name', async t => {
  for (const text of ['ca$h', digits(32), `${digits(43)}=`]) {
    t.equal(looksLikeHash(text), false, text)
    t.equal(mayBeHash(text), true, text)
  }
})
