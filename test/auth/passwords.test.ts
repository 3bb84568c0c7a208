import { createHmac } from 'node:crypto'
import { hash, verify } from '@node-rs/bcrypt'
import t from 'tap'
import { createHashQueue } from '../../src/auth/hash-queue.ts'
import { assertFormText, createPasswords, hasOnlyAllowedCharacters, isKnownHash } from '../../src/auth/passwords.ts'

const create = (cost = 4, minLength = 15) =>
  createPasswords({
    bcrypt: { hash, verify },
    queue: createHashQueue({ concurrency: 4, length: 100, maxWaitMs: 10_000 }),
    cost,
    minLength
  })
const passwords = create()
const right = 'correct horse battery staple'

t.test("a new hash is passlib's bcrypt_sha256, version 2 (passlib 1.7.3 and later)", async t => {
  const stored = await passwords.hash(right)
  t.match(stored, /^\$bcrypt-sha256\$v=2,t=2b,r=4\$[./A-Za-z0-9]{22}\$[./A-Za-z0-9]{31}$/)
  t.ok(isKnownHash(stored))

  // By hand: bcrypt over base64(HMAC-SHA-256(key = salt, password)).
  const [, , , salt = '', digest = ''] = stored.split('$')
  const key = createHmac('sha256', salt).update(right).digest('base64')
  t.ok(await verify(key, `$2b$04$${salt}${digest}`))
  t.not(await passwords.hash(right), stored, 'each has a salt of its own')
})

t.test('a password matches its hash and no other does (NIST SP 800-63B-4 §3.1.1)', async t => {
  const stored = await passwords.hash(right)
  t.equal(await passwords.verify(right, stored), true)
  for (const wrong of ['', 'correct horse battery stapl', `${right} `, right.toUpperCase(), `${right}\0`, stored]) {
    t.equal(await passwords.verify(wrong, stored), false, JSON.stringify(wrong))
  }
})

t.test('hashes of passlib itself are verified (passlib.hash.bcrypt_sha256, its own test vectors)', async t => {
  for (const [password, stored] of [
    ['', '$bcrypt-sha256$v=2,t=2b,r=5$E/e/2AOhqM5W/KJTFQzLce$WFPIZKtDDTriqWwlmRFfHiOTeheAZWe'],
    ['password', '$bcrypt-sha256$v=2,t=2b,r=5$5Hg1DKFqPE8C2aflZ5vVoe$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS']
  ] as const) {
    t.equal(await passwords.verify(password, stored), true, stored)
    t.equal(await passwords.verify(`${password}x`, stored), false, stored)
  }
})

t.test('plain bcrypt hashes of every prefix are verified, and are to be hashed again (design §3)', async t => {
  const plain = await hash(right, 4)
  for (const prefix of ['$2a$', '$2b$', '$2y$']) {
    const stored = plain.replace(/^\$2[aby]\$/, prefix)
    t.ok(isKnownHash(stored), prefix)
    t.equal(await passwords.verify(right, stored), true, prefix)
    t.equal(await passwords.verify(`${right}r`, stored), false, prefix)
    t.equal(passwords.needsRehash(stored), true, prefix)
  }
})

t.test('a hash of another scheme is not known (decision: nothing is guessed)', async t => {
  for (const stored of [
    '',
    'plain text',
    '$2x$04$0123456789012345678901.012345678901234567890123456789',
    '$2b$04$short',
    '$bcrypt-sha256$2b,12$LrmaIX5x4TRtAwEfwJZa1.$2ehnw6LvuIUTM0iz4iz9hTxv21B6KFO',
    '$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA',
    '$pbkdf2-sha256$29000$N2YMIWQsBWBMae09x1jrPQ$1t8iyB2A.WF/Z5JZv.lfCIhXXN33N23OSgQYThBYRfk'
  ]) {
    t.notOk(isKnownHash(stored), stored)
  }
})

t.test('a hash is made again when its scheme or cost is behind, and never weakened (design §3)', async t => {
  const stored = await create(5).hash(right)
  t.equal(create(5).needsRehash(stored), false)
  t.equal(create(6).needsRehash(stored), true)
  t.equal(create(4).needsRehash(stored), false)
  t.equal(await create(6).verify(right, stored), true, 'verified at its own cost')
  const twoDigits = stored.replace('r=5', 'r=12')
  t.equal(create(12).needsRehash(twoDigits), false)
})

t.test('two passwords of 80 bytes that differ at byte 73 never match (design §6, trap 1)', async t => {
  const [a, b] = [`${'x'.repeat(72)}a${'y'.repeat(7)}`, `${'x'.repeat(72)}b${'y'.repeat(7)}`]
  t.equal(Buffer.byteLength(a), 80)
  const stored = await passwords.hash(a)
  t.equal(await passwords.verify(a, stored), true)
  t.equal(await passwords.verify(b, stored), false)
  t.equal(await passwords.verify(a.slice(0, 72), stored), false)
})

t.test('the two ways to write é are one password (NIST SP 800-63B-4 §3.1.1.2: normalise)', async t => {
  const [composed, decomposed] = ['café crème brûlée'.normalize('NFC'), 'café crème brûlée'.normalize('NFD')]
  t.not(composed, decomposed)
  t.equal(await passwords.verify(decomposed, await passwords.hash(composed)), true)
  t.equal(await passwords.verify(composed, await passwords.hash(decomposed)), true)
  const old = await hash(composed, 4)
  t.equal(await passwords.verify(decomposed, old), true, 'of a plain bcrypt hash too')
})

t.test('compatibility forms are not one password: NFC, not NFKC (design §3)', async t => {
  t.equal(await passwords.verify('ﬁfteen characters', await passwords.hash('fifteen characters')), false)
})

t.test('a password that bcrypt reads as another is never right (design §6, trap 1)', async t => {
  const eightNuls = await hash('\0'.repeat(8), 4)
  t.equal(await passwords.verify('', eightNuls), false, 'eight NULs are not the empty string')
  t.equal(await passwords.verify('\0'.repeat(8), eightNuls), false, 'and no password has a NUL')
  const plain = await hash('pw', 4)
  t.equal(await passwords.verify('pw\0pw', plain), false, 'bcrypt repeats its key')
  const half = await hash('\ud800', 4)
  t.equal(await passwords.verify('\udfff', half), false, 'two halves of characters are one in UTF-8')
})

t.test('an unknown user costs one hash at the configured cost and never matches (design §3)', async t => {
  const checked: string[] = []
  const spied = createPasswords({
    bcrypt: {
      hash,
      verify: (password, stored) => {
        checked.push(stored)
        return verify(password, stored)
      }
    },
    queue: createHashQueue({ concurrency: 1, length: 0, maxWaitMs: 10_000 }),
    cost: 5,
    minLength: 15
  })
  t.equal(await spied.verify(right, undefined), false)
  t.equal(checked.length, 1)
  t.match(checked[0], /^\$2b\$05\$[./A-Za-z0-9]{53}$/)

  const matching = createPasswords({
    bcrypt: { hash, verify: async () => true },
    queue: createHashQueue({ concurrency: 1, length: 0, maxWaitMs: 10_000 }),
    cost: 5,
    minLength: 15
  })
  t.equal(await matching.verify(right, undefined), false, 'not even if bcrypt should say yes')
})

t.test('what waits too long is refused, not hashed (design §3: 503)', async t => {
  const full = createPasswords({
    bcrypt: { hash, verify },
    queue: createHashQueue({ concurrency: 1, length: 0, maxWaitMs: 10_000 }),
    cost: 4,
    minLength: 15
  })
  const first = full.hash(right)
  await t.rejects(full.verify(right, undefined), { code: 'temporarily_unavailable', status: 503 })
  await t.rejects(full.hash(right), { code: 'temporarily_unavailable', status: 503 })
  await first
})

t.test(
  'a check runs within what it is given, when it has its turn, and may be refused there (decision 14)',
  async t => {
    const stored = await passwords.hash(right)
    const seen: boolean[] = []
    const within = async (check: () => Promise<boolean>) => {
      seen.push(await check())
      return seen.at(-1) === true
    }
    t.equal(await passwords.verify(right, stored, { within }), true)
    t.equal(await passwords.verify('another one, long enough', stored, { within }), false)
    t.equal(await passwords.verify(right, undefined, { within }), false)
    t.strictSame(seen, [true, false, false])
    const refuse = () => Promise.reject(new Error('not now'))
    await t.rejects(passwords.verify(right, stored, { within: refuse }), { message: 'not now' })
    await t.rejects(passwords.verify(right, stored, { signal: AbortSignal.abort(), within }), {
      name: 'OAuthError',
      status: 503
    })
    await t.rejects(passwords.hash(right, AbortSignal.abort()), { name: 'OAuthError', status: 503 })
    t.equal(seen.length, 3)
  }
)

t.test('a new password is judged by its length alone (NIST SP 800-63B-4 §3.1.1.2)', async t => {
  const refused = (detail: string) => ({
    name: 'Problem',
    status: 400,
    message: `The request is not valid: /new ${detail}.`,
    errors: [{ pointer: '/new', detail }]
  })
  const tooShort = refused('is shorter than 15 characters')
  const tooLong = refused('is longer than 1024 bytes')
  const notText = refused('has a control character or half a character')

  for (const [name, password, refusal] of [
    ['15 characters', 'x'.repeat(15), undefined],
    ['14 characters', 'x'.repeat(14), tooShort],
    ['nothing', '', tooShort],
    ['15 code points of two UTF-16 units', '😀'.repeat(15), undefined],
    ['14 code points of two UTF-16 units', '😀'.repeat(14), tooShort],
    ['15 letters that were 30 before NFC', 'e\u0301'.repeat(15), undefined],
    ['14 letters that were 28 before NFC', 'e\u0301'.repeat(14), tooShort],
    ['1,024 bytes', 'x'.repeat(1024), undefined],
    ['1,025 bytes', 'x'.repeat(1025), tooLong],
    ['1,024 bytes of 4', '😀'.repeat(256), undefined],
    ['1,028 bytes of 4', '😀'.repeat(257), tooLong],
    ['blanks', ' '.repeat(15), undefined],
    ['no composition rules', 'aaaaaaaaaaaaaaa', undefined],
    ['NUL', `${right}\0`, notText],
    ['newline', `${right}\n`, notText],
    ['carriage return', `${right}\r`, notText],
    ['DEL', `${right}\u007f`, notText],
    ['escape', `${right}\u001b`, notText],
    ['high half', `${right}\ud83d`, notText],
    ['low half', `${right}\ude00`, notText],
    ['halves in the wrong order', `${right}\ude00\ud83d`, notText]
  ] as const) {
    const check = () => passwords.assertAcceptable(password, '/new')
    if (refusal) t.throws(check, refusal, name)
    else t.doesNotThrow(check, name)
  }
  t.doesNotThrow(() => create(4, 8).assertAcceptable('12345678', '/new'), 'PASSWORD_MIN_LENGTH lowers it')
})

t.test('the alphabet of username and password is UNICODECHARNOCRLF (RFC 6749 Appendix A)', async t => {
  for (const text of [
    '',
    'a',
    '\t',
    ' ',
    '~',
    '\u0080',
    '\ud7ff',
    '\ue000',
    '\ufffd',
    '\u{10000}',
    '\u{10ffff}',
    '😀'
  ]) {
    t.ok(hasOnlyAllowedCharacters(text), JSON.stringify(text))
    t.doesNotThrow(() => assertFormText('username', text))
  }
  for (const text of [
    '\0',
    '\n',
    '\r',
    '\u001f',
    '\u007f',
    '\ufffe',
    '\uffff',
    '\ud800',
    '\udc00',
    'a\ud800b',
    '\ude00\ud83d'
  ]) {
    t.notOk(hasOnlyAllowedCharacters(text), JSON.stringify(text))
    t.throws(() => assertFormText('username', text), {
      name: 'OAuthError',
      code: 'invalid_request',
      message: 'username has a control character or half a character.'
    })
  }
})
