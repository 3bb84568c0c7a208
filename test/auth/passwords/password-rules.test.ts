import t from 'tap'
import { createPasswordRules } from '../../../src/auth/passwords/password-rules.ts'
import type { PasswordReason } from '../../../src/base/errors.ts'

const create = (minLength = 15, issuer = 'https://login.acme-tools.example') =>
  createPasswordRules({ minLength, issuer }).assertAcceptable
const user = { username: 'zz', email: null }
const right = 'correct horse battery staple'

/** The complete refusal of a new password. */
const refused = (reason: PasswordReason, detail: string) => ({
  name: 'Problem',
  status: 400,
  message: `The request is not valid: /new ${detail}.`,
  errors: [{ pointer: '/new', detail, reason }]
})
const tooShort = refused('length', 'is shorter than 15 characters')
const tooLong = refused('length', 'is longer than 1024 bytes')
const notText = refused('characters', 'contains a control character or an unpaired surrogate')
const common = refused('common', 'is too common; use several unrelated words')
const ofUser = refused('context', 'contains the username')
const ofAddress = refused('context', 'contains the e-mail address')
const ofService = refused('context', 'contains the name of this service')

/** Text of `count` characters to which only the rules on length and alphabet apply. */
const text = (count: number, alphabet: string) =>
  Array.from({ length: count }, (_, i) => [...alphabet][(i * i + (i >> 3)) % [...alphabet].length]).join('')
const latin = 'kxqvzjwbyf'
const emoji = '😀🐙🚲🌵🎲🧊🥨'

t.test('Length is counted in characters and limited in bytes (NIST SP 800-63B-4 §3.1.1.2)', async t => {
  const assertAcceptable = create()
  for (const [name, password, refusal] of [
    ['15 characters', text(15, latin), undefined],
    ['14 characters', text(14, latin), tooShort],
    ['nothing', '', tooShort],
    ['15 characters of two UTF-16 units', text(15, emoji), undefined],
    ['14 characters of two UTF-16 units', text(14, emoji), tooShort],
    ['15 letters that were 30 before NFC', text(15, 'àèìòùñẽ').normalize('NFD'), undefined],
    ['14 letters that were 28 before NFC', text(14, 'àèìòùñẽ').normalize('NFD'), tooShort],
    ['1,024 bytes', text(1024, latin), undefined],
    ['1,025 bytes', text(1025, latin), tooLong],
    ['1,024 bytes of 4', text(256, emoji), undefined],
    ['1,028 bytes of 4', text(257, emoji), tooLong]
  ] as const) {
    if (refusal) t.throws(() => assertAcceptable(password, '/new', user), refusal, name)
    else t.doesNotThrow(() => assertAcceptable(password, '/new', user), name)
  }
  t.doesNotThrow(() => create(8)('kx7qvzjw', '/new', user), 'PASSWORD_MIN_LENGTH lowers it')
  t.throws(() => create(8)('kx7qvzj', '/new', user), refused('length', 'is shorter than 8 characters'))
})

t.test('Characters outside the alphabet of passwords are refused (RFC 6749 Appendix A.16)', async t => {
  // The last ones are halves of a pair, and both in the wrong order.
  for (const tail of ['\0', '\n', '\r', '\u007f', '\u001b', '\ud83d', '\ude00', '\ude00\ud83d'])
    t.throws(() => create()(`${right}${tail}`, '/new', user), notText, JSON.stringify(tail))
})

t.test('There are no rules about composition (NIST SP 800-63B-4 §3.1.1.2, ASVS 5.0 6.2.5)', async t => {
  for (const password of [
    ...[right, 'purple monkey dishwasher lamp', 'onlylowercaseletters', 'ONLY UPPER CASE LETTERS', '83017465920461'],
    ...['#/(=)!"§$%&{[]}\\`~', 'パスワードはとても長いです', 'tab\tin the middle of it']
  ])
    t.doesNotThrow(() => create(8)(password, '/new', user), password)
})

t.test('Common passwords are refused in any case and width (ASVS 5.0 6.2.4)', async t => {
  for (const password of [
    'password',
    'PassWord',
    'ｐａｓｓｗｏｒｄ',
    'ＰＡＳＳＷＯＲＤ123',
    'A'.repeat(23),
    '12345678'
  ])
    t.throws(() => create(8)(password, '/new', user), common, password)
  t.throws(() => create()('passwordpassword', '/new', user), common)
  t.throws(() => create()('password', '/new', user), tooShort, 'length comes first')
})

t.test("Passwords that contain the user's identifiers or the service's name are refused (ASVS 5.0 6.2.11)", async t => {
  const assertAcceptable = create()
  const alice = { username: 'alice.liddell', email: 'Queen.Bee@hive.example' }
  for (const [name, password, owner, refusal] of [
    ['the username', 'alice.liddell is the best', alice, ofUser],
    ['in another case', 'the best is ALICE.Liddell', alice, ofUser],
    ['in another width', 'ａｌｉｃｅ.ｌｉｄｄｅｌｌ it is', alice, ofUser],
    ['in Chinese', '我是爱丽丝，住在兔子洞里面的那个人', { username: '爱丽', email: null }, ofUser],
    ['as a part of a word', 'malice aforethought', { username: 'alice', email: null }, ofUser],
    ['the local part of the address', 'honey for queen.bee only', alice, ofAddress],
    ['the whole address', 'x QUEEN.BEE@HIVE.EXAMPLE x', alice, ofAddress],
    [
      'an address whose local part is short',
      'mail al@x.example please',
      { username: 'zz', email: 'al@x.example' },
      ofAddress
    ],
    ['Sallyport', 'my SallyPort password', alice, ofService],
    ['a part of the host of the issuer', 'let me into ACME-tools', alice, ofService],
    ['another part of it', 'at the login I say this', alice, ofService],
    ['a part of the username', 'alice and her friends', alice, undefined],
    ['the domain of the address', 'bees live in the hive.example', alice, undefined],
    ['the top-level domain', 'a good example of one', alice, undefined],
    ['a username of three characters', 'bob the builder of houses', { username: 'bob', email: null }, undefined],
    ['a short local part', 'always alone at the sea', { username: 'zz', email: 'al@x.example' }, undefined]
  ] as const) {
    if (refusal) t.throws(() => assertAcceptable(password, '/new', owner), refusal, name)
    else t.doesNotThrow(() => assertAcceptable(password, '/new', owner), name)
  }
})

t.test('The names of the service come from its issuer', async t => {
  const password = 'the localhost of 127.0.0.1 is intranet'
  for (const [issuer, refusal] of [
    ['http://localhost:3000', ofService],
    ['https://intranet', ofService],
    ['http://127.0.0.1:3000', undefined],
    ['http://[::1]:3000', undefined],
    ['https://x.intranet', undefined],
    ['https://the.example/localhost', undefined]
  ] as const) {
    if (refusal) t.throws(() => create(15, issuer)(password, '/new', user), refusal, issuer)
    else t.doesNotThrow(() => create(15, issuer)(password, '/new', user), issuer)
  }
})
