import { pbkdf2Sync } from 'node:crypto'
import { hashRaw } from '@node-rs/argon2'
import { hash, verify } from '@node-rs/bcrypt'
import t from 'tap'
import type { Bcrypt } from '../../../src/auth/hashing/bcrypt-sha256.ts'
import { createHashQueue } from '../../../src/auth/hashing/hash-queue.ts'
import { noPreparation } from '../../../src/auth/hashing/hash-turn.ts'
import { createNewHashes } from '../../../src/auth/hashing/new-hashes.ts'
import { hashProblem } from '../../../src/auth/hashing/stored-hashes.ts'
import { createPasswords } from '../../../src/auth/passwords/passwords.ts'

const issuer = 'https://auth.example.com'
const create = (
  cost = 4,
  bcrypt: Bcrypt = { hash, verify },
  concurrency = 4,
  passwordHash: 'bcrypt' | 'argon2id' = 'bcrypt'
) =>
  createPasswords({
    isBreached: undefined,
    libraries: { bcrypt, argon2: { hashRaw } },
    newHashes: createNewHashes({ bcrypt, argon2: { hashRaw } }, { passwordHash, bcryptCost: cost }),
    queue: createHashQueue({ concurrency, length: 25 * (concurrency - 1), maxWaitMs: 10_000 }),
    minLength: 15,
    issuer
  })
const passwords = create()
const right = 'correct horse battery staple'

t.test('A password matches its own hash and no other (NIST SP 800-63B-4 §3.1.1.2)', async t => {
  const stored = await passwords.hash(right)
  t.equal(await passwords.verify(right, stored), true)
  for (const wrong of ['', 'correct horse battery stapl', `${right} `, right.toUpperCase(), `${right}\0`, stored]) {
    t.equal(await passwords.verify(wrong, stored), false, JSON.stringify(wrong))
  }
})

t.test('With PASSWORD_HASH=argon2id, a new hash is Argon2id, and each form replaces the other', async t => {
  const argon2id = create(4, { hash, verify }, 4, 'argon2id')
  const stored = await argon2id.hash(right)
  t.match(stored, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[+/\w]{22}\$[+/\w]{43}$/)
  t.not(await argon2id.hash(right), stored)
  const ofBcrypt = await passwords.hash(right)
  for (const service of [argon2id, passwords])
    for (const one of [stored, ofBcrypt]) {
      t.equal(await service.verify(right, one), true)
      t.equal(await service.verify(`${right}.`, one), false)
    }
  t.equal(argon2id.needsRehash(stored), false)
  for (const weaker of [
    ofBcrypt,
    stored.replace('m=19456', 'm=19455'),
    stored.replace('t=2', 't=1'),
    stored.replace('2id', '2i')
  ])
    t.equal(argon2id.needsRehash(weaker), true, weaker)
  t.equal(argon2id.needsRehash(stored.replace('m=19456', 'm=65536')), false, 'a costlier one stays')
  t.equal(passwords.needsRehash(stored), true)
  t.equal(await argon2id.verify(right, undefined), false)
  t.equal(hashProblem(stored), undefined)
})

t.test('A hash is upgraded when its scheme or cost is outdated, and never weakened', async t => {
  const stored = await create(5).hash(right)
  t.equal(create(5).needsRehash(stored), false)
  t.equal(create(6).needsRehash(stored), true)
  t.equal(create(4).needsRehash(stored), false)
  t.equal(await create(6).verify(right, stored), true, 'verified at its own cost')
  const twoDigits = stored.replace('r=5', 'r=12')
  t.equal(create(12).needsRehash(twoDigits), false)
})

t.test('Two passwords of 80 bytes that differ at byte 73 never match', async t => {
  const [a, b] = [`${'x'.repeat(72)}a${'y'.repeat(7)}`, `${'x'.repeat(72)}b${'y'.repeat(7)}`]
  t.equal(Buffer.byteLength(a), 80)
  const stored = await passwords.hash(a)
  t.equal(await passwords.verify(a, stored), true)
  t.equal(await passwords.verify(b, stored), false)
  t.equal(await passwords.verify(a.slice(0, 72), stored), false)
})

t.test('The two encodings of é are one password (NIST SP 800-63B-4 §3.1.1.2: normalise)', async t => {
  const [composed, decomposed] = ['café crème brûlée'.normalize('NFC'), 'café crème brûlée'.normalize('NFD')]
  t.not(composed, decomposed)
  t.equal(await passwords.verify(decomposed, await passwords.hash(composed)), true)
  t.equal(await passwords.verify(composed, await passwords.hash(decomposed)), true)
  const old = await hash(composed, 4)
  t.equal(await passwords.verify(decomposed, old), true, 'of a plain bcrypt hash too')
})

t.test('A password that another application hashed without NFC matches as it was sent', async t => {
  const decomposed = 'café crème brûlée'.normalize('NFD')
  for (const stored of [
    await hash(decomposed, 4),
    `pbkdf2_sha256$1$salt$${pbkdf2Sync(decomposed, 'salt', 1, 32, 'sha256').toString('base64')}`
  ]) {
    t.equal(await passwords.verify(decomposed, stored), true)
    t.equal(
      await passwords.verify(decomposed.normalize('NFC'), stored),
      false,
      'the NFC form does not match a hash made without NFC'
    )
    t.equal(await passwords.verify(`${decomposed}!`, stored), false)
  }
})

t.test('A password that is too long for a new one matches as it was sent, for it may be imported', async t => {
  const long = 'e\u0301'.repeat(1000)
  const stored = `pbkdf2_sha256$1$salt$${pbkdf2Sync(long, 'salt', 1, 32, 'sha256').toString('base64')}`
  t.equal(passwords.isTooLong(long), true)
  t.equal(await passwords.verify(long, stored), true)
  t.equal(await passwords.verify(`${long}e`, stored), false)
})

t.test('Hashes in any form but the current one are upgraded at the next login', async t => {
  for (const stored of [
    await hash(right, 12),
    '$bcrypt-sha256$2b,12$LrmaIX5x4TRtAwEfwJZa1.$2ehnw6LvuIUTM0iz4iz9hTxv21B6KFO',
    `pbkdf2_sha256$1200000$salt$${'d'.repeat(43)}=`,
    `$pbkdf2-sha256$29000$N2YMIWQsBWBMae09x1jrPQ$1t8iyB2A.WF/Z5JZv.lfCIhXXN33N23OSgQYThBYRfk`,
    `$argon2id$v=19$m=65536,t=3,p=4$${'S'.repeat(22)}$${'d'.repeat(43)}`
  ]) {
    t.equal(hashProblem(stored), undefined, stored)
    t.equal(passwords.needsRehash(stored), true, stored)
  }
})

t.test('Compatibility forms are different passwords: NFC, not NFKC', async t => {
  t.equal(await passwords.verify('ﬁfteen characters', await passwords.hash('fifteen characters')), false)
})

t.test('A password that bcrypt cannot tell from another never matches', async t => {
  const eightNuls = await hash('\0'.repeat(8), 4)
  t.equal(await passwords.verify('', eightNuls), false, 'eight NULs are not the empty string')
  t.equal(await passwords.verify('\0'.repeat(8), eightNuls), false, 'a password with NUL never matches')
  const plain = await hash('pw', 4)
  t.equal(await passwords.verify('pw\0pw', plain), false, 'bcrypt repeats the password as its key')
  const half = await hash('\ud800', 4)
  t.equal(await passwords.verify('\udfff', half), false, 'unpaired surrogates share one encoding in UTF-8')
})

t.test('An unknown user or hash form costs one hash at the configured cost and never matches', async t => {
  const checked: string[] = []
  const spied = create(5, {
    hash,
    verify: (password, stored) => {
      checked.push(stored)
      return verify(password, stored)
    }
  })
  const unknown = [
    undefined,
    '',
    'plain text',
    `$2b$31$${'S'.repeat(53)}`,
    '$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA',
    create().unusable()
  ]
  for (const stored of unknown) t.equal(await spied.verify(right, stored), false, String(stored))
  t.equal(checked.length, unknown.length)
  t.not(spied.unusable(), spied.unusable())
  t.ok(checked.every(stored => /^\$2b\$05\$[./A-Za-z0-9]{53}$/.test(stored)))

  const matching = create(5, { hash, verify: async () => true })
  for (const stored of unknown) t.equal(await matching.verify(right, stored), false, 'even if bcrypt reports a match')
})

t.test('A check that waits too long is refused, not hashed', async t => {
  let finish = () => {}
  const held = new Promise<void>(resolve => {
    finish = resolve
  })
  // Takes until both others are refused, however slow the machine is.
  const full = create(4, { verify, hash: (...given) => held.then(() => hash(...given)) }, 1)
  const first = full.hash(right)
  await t.rejects(full.takeTurn({}, noPreparation), { code: 'temporarily_unavailable', status: 503 })
  await t.rejects(full.hash(right), { code: 'temporarily_unavailable', status: 503 })
  await t.rejects(passwords.hash(right, { signal: AbortSignal.abort() }), { name: 'OAuthError', status: 503 })
  finish()
  await first
})
