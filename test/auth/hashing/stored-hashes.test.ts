import { hashRaw } from '@node-rs/argon2'
import { hash, verify } from '@node-rs/bcrypt'
import t from 'tap'
import { hashProblem, isKnownHash, matchesHash } from '../../../src/auth/hashing/stored-hashes.ts'

const [salt, digest] = ['S'.repeat(22), 'd'.repeat(31)]
const costs = (what: string, least: number, most: number) => (value: number) =>
  `has a ${what} of ${value}, which must be from ${least} to ${most}`
const ofBcrypt = costs('bcrypt cost', 4, 16)
const iterations = costs('number of PBKDF2 iterations', 1, 10_000_000)
const memory = costs('number of KiB for Argon2', 128, 262_144)
const passes = costs('number of Argon2 passes', 1, 10)
const lanes = costs('number of Argon2 lanes', 1, 16)
const argon2 = (m: number, t: number, p: number) => `$argon2id$v=19$m=${m},t=${t},p=${p}$${salt}$${'d'.repeat(43)}`

const werkzeug = (n: number, r: number, p: number) => `scrypt:${n}:${r}:${p}$salt$${'d'.repeat(128)}`
const phc = (ln: number, r: number, p: number) => `$scrypt$ln=${ln},r=${r},p=${p}$${salt}$${'d'.repeat(43)}`
const needs = (what: string) => `needs more than ${what} for scrypt`

t.test('A hash that would keep the server busy is refused, with the reason', async t => {
  for (const [stored, problem] of [
    [`$2b$16$${salt}${digest}`, undefined],
    [`$2b$17$${salt}${digest}`, ofBcrypt(17)],
    [`$2y$31$${salt}${digest}`, ofBcrypt(31)],
    [`$2b$99$${salt}${digest}`, ofBcrypt(99)],
    [`$2b$04$${salt}${digest}`, undefined],
    [`$2b$03$${salt}${digest}`, 'has a bcrypt cost of 03, which must be from 4 to 16'],
    [`bcrypt$$2b$17$${salt}${digest}`, ofBcrypt(17)],
    [`bcrypt_sha256$$2b$17$${salt}${digest}`, ofBcrypt(17)],
    [`$bcrypt-sha256$v=2,t=2b,r=16$${salt}$${digest}`, undefined],
    [`$bcrypt-sha256$v=2,t=2b,r=17$${salt}$${digest}`, ofBcrypt(17)],
    [`$bcrypt-sha256$2b,16$${salt}$${digest}`, undefined],
    [`$bcrypt-sha256$2a,17$${salt}$${digest}`, ofBcrypt(17)],
    [`pbkdf2_sha256$10000000$salt$${'d'.repeat(43)}=`, undefined],
    [`pbkdf2_sha256$10000001$salt$${'d'.repeat(43)}=`, iterations(10_000_001)],
    [`pbkdf2_sha256$0$salt$${'d'.repeat(43)}=`, iterations(0)],
    [`$pbkdf2-sha256$10000001$${salt}$${'d'.repeat(43)}`, iterations(10_000_001)],
    [`$pbkdf2-sha256$99999999999999$${salt}$${'d'.repeat(43)}`, iterations(99_999_999_999_999)],
    [
      `pbkdf2_sha256$${'9'.repeat(50_000)}$salt$${'d'.repeat(43)}=`,
      'has a number of PBKDF2 iterations of 9999999999999999…, which must be from 1 to 10000000'
    ],
    [argon2(262_144, 10, 16), undefined],
    [argon2(262_145, 1, 1), memory(262_145)],
    [argon2(127, 1, 1), memory(127)],
    [argon2(512, 11, 1), passes(11)],
    [argon2(512, 0, 1), passes(0)],
    [argon2(512, 1, 17), lanes(17)],
    [argon2(512, 1, 0), lanes(0)],
    [werkzeug(262_144, 8, 2), undefined],
    [werkzeug(262_144, 8, 3), needs('two seconds')],
    [werkzeug(524_288, 8, 1), needs('256 MiB')],
    [werkzeug(32_767, 8, 1), 'has an N for scrypt that is not a power of 2'],
    [werkzeug(1, 8, 1), 'has an N for scrypt that is not a power of 2'],
    [werkzeug(16, 0, 1), 'has an r or p for scrypt of 0'],
    [phc(18, 8, 1), undefined],
    [phc(19, 8, 1), needs('256 MiB')],
    [phc(99, 8, 1), needs('256 MiB')],
    [phc(1, 1, 9999), undefined],
    [phc(10, 8, 9999), needs('two seconds')]
  ] as const) {
    t.equal(hashProblem(stored), problem, stored)
    t.equal(isKnownHash(stored), problem === undefined, stored)
  }
})

t.test('Hashes of other forms are refused: nothing is guessed', async t => {
  for (const stored of [
    '',
    'plain text',
    '!',
    '!unusable password of Django',
    `$2x$04$${salt}${digest}`,
    `$2$04$${salt}${digest}`,
    '$2b$04$short',
    `2b$04$${salt}${digest}`,
    `$bcrypt-sha256$v=1,t=2b,r=12$${salt}$${digest}`,
    `$bcrypt-sha256$v=2,t=2a,r=12$${salt}$${digest}`,
    `bcrypt_sha256$2b$12$${salt}${digest}`,
    'pbkdf2_sha1$260000$salt$MDEyMzQ1Njc4OTAxMjM0NTY3ODk=',
    `pbkdf2_sha256$-1$salt$${'d'.repeat(43)}=`,
    `pbkdf2_sha256$1e9$salt$${'d'.repeat(43)}=`,
    `pbkdf2_sha256$1000$$${'d'.repeat(43)}=`,
    `$pbkdf2-sha512$29000$${salt}$${'d'.repeat(86)}`,
    `$argon2d$v=19$m=512,t=2,p=2$${salt}$${'d'.repeat(43)}`,
    `$argon2id$v=16$m=512,t=2,p=2$${salt}$${'d'.repeat(43)}`,
    `$argon2id$m=512,t=2,p=2$${salt}$${'d'.repeat(43)}`,
    `$argon2id$v=19$m=512,t=2,p=2,data=AAAA$${salt}$${'d'.repeat(43)}`,
    `$argon2id$v=19$t=2,m=512,p=2$${salt}$${'d'.repeat(43)}`,
    `$argon2id$v=19$m=512,t=2,p=2$c2FsdA$${'d'.repeat(43)}`,
    `$argon2id$v=19$m=512,t=2,p=2$${salt}$aGFzaA`,
    'scrypt:32768:8:1$salt$00',
    '$6$rounds=5000$saltsalt$hash',
    '5f4dcc3b5aa765d61d8327deb882cf99'
  ]) {
    t.equal(hashProblem(stored), 'has an unsupported format', stored)
    t.equal(isKnownHash(stored), false, stored)
    t.equal(await matchesHash('password', stored, { bcrypt: { hash, verify }, argon2: { hashRaw } }), false, stored)
  }
})
