import { hashRaw } from '@node-rs/argon2'
import t from 'tap'
import { isKnownHash, matchesHash } from '../../../src/auth/hashing/stored-hashes.ts'
import { loadBcrypt } from '../../../src/wiring/bcrypt.ts'

const libraries = { bcrypt: await loadBcrypt(), argon2: { hashRaw } }
const matches = (password: string, stored: string) => matchesHash(password, stored, libraries)

const password = 'correct horse battery staple'
/**
 * A hash of this password in each form, made by Django 4.2.30, passlib 1.7.4, bcrypt 4.2.0 or argon2-cffi 21.1.0.
 * test/vectors has more of passlib.
 */
const hashes: Record<string, string> = {
  'passlib bcrypt': '$2b$04$j0wKxPKBebC4XofYXtuelOdRvehOluM.NL5XHhG1nsX.3tQCIIhiK',
  'passlib bcrypt 2a': '$2a$04$zW0vAlIITciupTb3veR8UuPpzXISiUmkE9BAwQW8wmZB4ygtqkIpe',
  'passlib bcrypt 2y': '$2y$04$d9y9gaUtNwF1nK0vqdCgaOKmgpoH4mmREPRhXklU7gZqGS0tlsmiK',
  'passlib bcrypt_sha256 v2': '$bcrypt-sha256$v=2,t=2b,r=4$W2CfDxSq1RYT4yhqGWhaLu$72YeW.TwFgDr0eM/E.Aga.FdnjehHmO',
  'passlib bcrypt_sha256 v1': '$bcrypt-sha256$2b,4$hb6W8/gE8gU4nh2Jt7luDu$47BKOJIM7iah8GTrKUTJRgQ/dlqfnTq',
  'passlib bcrypt_sha256 v1 2a': '$bcrypt-sha256$2a,4$QZ.4lFZbxNGH6kYn9IP4a.$LBZ.lJlxkzCz54HX.KXybq0g5DNXXJ2',
  'passlib pbkdf2_sha256': '$pbkdf2-sha256$1000$LqV0DsEYg/BeqxUCgBCi9A$5QAZbkraZ4pD4h39cBN7y1y9E5yphXuWJiBQz4ozCGQ',
  'django bcrypt': 'bcrypt$$2b$04$U./U2CRu50WMlnY1up/ejOENUCv5ocPILmr6JERVUfp9MyT.Wetfm',
  'django bcrypt_sha256': 'bcrypt_sha256$$2b$04$buW7WIMuExzPFXyDvJtkQO9wURGopAFytxS65q1X.o6bj5G56aAc2',
  'django pbkdf2_sha256': 'pbkdf2_sha256$1000$LbtUIB4B2EAiFow8hQ4joe$R2m8n+u1Crs4IO717JRQw/kGZ38U6pSK4NJSFU5F0ig=',
  'django argon2': 'argon2$argon2id$v=19$m=512,t=2,p=2$SnBzc3NYWkV2OHR2ekYwcFJsS3IzNA$K41sKGe8wlen7uyzxV4EEw',
  argon2id: '$argon2id$v=19$m=512,t=1,p=1$ChkteSycRSh2ISGYDI/4jg$RtG5hvoiwL0pMkgdK8wuJw',
  'argon2id, 64 bytes':
    '$argon2id$v=19$m=512,t=3,p=16$CfKKgBAFWcc$T4gaWOvaIxjrEAsgpQmEWos+tNfSSankGqAnod7Y5uj9qyXL6jPfFN915rBvsGRp40uN5OlIptfBehI59q0X/A',
  argon2i: '$argon2i$v=19$m=512,t=2,p=2$gl4IfMvbR5ezw5FrlkXjcQ$70N1XfFuIZn7rqrNkrxb6g',
  'argon2id of ten passes':
    '$argon2id$v=19$m=512,t=10,p=1$c2FsdHNhbHRzYWx0c2FsdA$c5K6N6X5O6p9hLojvR7vfhpR9QLW/lH5KauVCY5aQ5M'
}

/** Hashes of 80 bytes by applications that cut a password after 72. */
const ofLong = [
  '$2b$04$aWvproiOxqHs7mrZ3h4qOOQ4sgnFe4cs3nmr.Lf193vx71FNgdMWO',
  'bcrypt$$2b$04$1TVbWcgG/BQTVwdx5W9e9eSZKWo5iG/BBKB3NQkdNBGPOw6gRs9D6'
]

t.test('A hash of each form that other applications store verifies with its password only', async t => {
  for (const [form, stored] of Object.entries(hashes)) {
    t.ok(isKnownHash(stored), form)
    t.equal(await matches(password, stored), true, form)
    for (const other of [`${password}r`, '', stored]) t.equal(await matches(other, stored), false, form)
  }
  const [same, cut] = ['d', 'e'].map(end => `80 bytes ${'d'.repeat(63)}${end.repeat(8)}`)
  for (const stored of ofLong)
    for (const given of [same, cut]) t.equal(await matches(String(given), stored), true, 'cut as it was there')
})

t.test('An altered hash matches nothing', async t => {
  for (const [form, stored] of Object.entries(hashes)) {
    const parts = stored.split('$')
    // In the digest, and in the salt or the part before it.
    const changed = [-10, -20, -45].map(
      at => `${stored.slice(0, at)}${stored.at(at) === 'x' ? 'y' : 'x'}${stored.slice(at + 1)}`
    )
    for (const altered of [
      ...[stored.replace(/=?$/, '').slice(0, -1), `${stored}A`, `${stored}\n`, ` ${stored}`, ...changed],
      ...[parts.slice(0, -1).join('$'), [...parts.slice(0, -1), ''].join('$')],
      stored.replace(/.{5}$/, tail => `*${tail.slice(1)}`)
    ])
      t.equal(await matches(password, altered), false, `${form}: ${altered}`)
  }
})
