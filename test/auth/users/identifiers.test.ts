import t from 'tap'
import {
  assertEmail,
  assertFullName,
  assertUsername,
  normalizeEmail,
  normalizeUsername,
  usernameFrom
} from '../../../src/auth/users/identifiers.ts'

t.test('a username has one form: NFKC and lower case', async t => {
  for (const [written, stored] of [
    ['alice', 'alice'],
    ['Alice', 'alice'],
    ['ALICE', 'alice'],
    ['Ａｌｉｃｅ', 'alice'],
    ['ａｌｉｃｅ', 'alice'],
    ['ﬁona', 'fiona'],
    ['Å', 'å'],
    ['A\u030a', 'å'],
    ['\u212b', 'å'],
    ['STRAẞE', 'straße'],
    ['İ', 'i̇'],
    ['Ⅷ', 'viii'],
    ['a\u00a0b', 'a b'],
    ['', '']
  ] as const) {
    t.equal(normalizeUsername(written), stored.normalize('NFKC'), JSON.stringify(written))
    t.equal(normalizeUsername(normalizeUsername(written)), normalizeUsername(written), 'and keeps it')
  }
})

t.test('the normalized form of every letter is stable (Unicode UAX #15)', async t => {
  const unstable: string[] = []
  for (let code = 0; code < 0x11_0000; code++) {
    const once = normalizeUsername(String.fromCodePoint(code))
    if (normalizeUsername(once) !== once) unstable.push(code.toString(16))
  }
  t.strictSame(unstable, [])
})

t.test('the longest spelling of a name is normalized, and longer text is no name', async t => {
  const letter = '\u0313\u0300\u0345'
  t.equal(normalizeUsername(`\u{1d6c2}${letter}`.repeat(64)), 'ᾂ'.repeat(64))
  const address = `${`α${letter}`.repeat(242)}@example.com`
  t.equal(normalizeEmail(address), `${'ᾂ'.repeat(242)}@example.com`)
  t.doesNotThrow(() => assertEmail(address))
  const [name, email] = ['Ａ'.repeat(513), `${'A'.repeat(1005)}@example.com`]
  t.equal(normalizeUsername(name), name)
  t.throws(() => assertUsername(normalizeUsername(name)), { name: 'Problem', status: 400 })
  t.equal(normalizeEmail(email), email)
  t.throws(() => assertEmail(email), { name: 'Problem', status: 400 })
  t.equal(usernameFrom('Ａ'.repeat(9999)), 'a'.repeat(48), 'a username that is made of it is canonical')
})

t.test('no letter has more than four characters in another spelling (UAX #15)', async t => {
  let most = 0
  for (let code = 0; code < 0x11_0000; code++)
    most = Math.max(most, Array.from(String.fromCodePoint(code).normalize('NFD')).length)
  t.equal(most, 4)
})

t.test('an e-mail address has one form: NFC and lower case', async t => {
  t.equal(normalizeEmail('Alice@Example.COM'), 'alice@example.com')
  t.equal(normalizeEmail('ame\u0301lie@example.com'), 'amélie@example.com')
})

t.test('spellings of a domain that a mailer maps to one are one address (UTS #46)', async t => {
  for (const domain of [
    'ｅxample.com',
    'e\ufe00xample.com',
    'exa\u034fmple.com',
    'exam\u00adple.com',
    'example。com',
    '𝐞xample.com',
    'ⓔxample.com'
  ]) {
    t.equal(normalizeEmail(`alice@${domain}`), 'alice@example.com', JSON.stringify(domain))
    t.doesNotThrow(() => assertEmail(`alice@${domain}`))
  }
  t.equal(normalizeEmail('alice@münchen.de'), 'alice@xn--mnchen-3ya.de')
  t.equal(normalizeEmail('alice@xn--mnchen-3ya.de'), 'alice@xn--mnchen-3ya.de')
  t.equal(normalizeEmail('älice'), 'älice', 'a name has no domain')
  t.equal(normalizeEmail('alice@1'), 'alice@1', 'the beginning of an address is no number')
})

t.test('an e-mail address has no domain that is a number, and none that a mailer would read as another', async t => {
  for (const domain of [
    '127.0.0.1',
    '127.1',
    '１２７.0.0.1',
    'example.com，evil.com',
    'exämple.com/evil.com',
    'exämple.com／evil.com',
    'exämple.com?a.com',
    'ex%61mple.com',
    'ex%61mple.cöm',
    'ex％61mple.com',
    'exä\tmple.com',
    'a\u200db.com',
    'example.com。'
  ])
    t.throws(() => assertEmail(`alice@${domain}`), { name: 'Problem', status: 400 }, JSON.stringify(domain))
})

t.test('an e-mail address has no invisible character', async t => {
  for (const one of ['\ufe00', '\u034f', '\u3164', '\u115f', '\u180b', '\u2800'])
    t.throws(() => assertEmail(`ali${one}ce@example.com`), { name: 'Problem', status: 400 }, JSON.stringify(one))
})

t.test('a username has 1 to 64 characters, no @ and no control character', async t => {
  const length = 'must have 1 to 64 characters and no leading or trailing spaces'
  const alphabet = 'must not contain @, control characters or invisible characters'
  for (const [name, username, detail] of [
    ['one', 'a', undefined],
    ['64', 'a'.repeat(64), undefined],
    ['64 of two UTF-16 units', '😀'.repeat(64), undefined],
    ['a blank inside', 'alice liddell', undefined],
    ['punctuation', "o'neill-smith_1.2+x/y\\z", undefined],
    ['__proto__', '__proto__', undefined],
    ['none', '', length],
    ['65', 'a'.repeat(65), length],
    ['65 of two UTF-16 units', '😀'.repeat(65), length],
    ['a blank before', ' alice', length],
    ['a blank after', 'alice ', length],
    ['a blank alone', ' ', length],
    ['a newline after', 'alice\n', length],
    ['@', 'alice@example.com', alphabet],
    ['@ alone', '@', alphabet],
    ['NUL', 'a\0b', alphabet],
    ['newline', 'a\nb', alphabet],
    ['tab', 'a\tb', alphabet],
    ['DEL', 'a\u007fb', alphabet],
    ['C1', 'a\u0085b', alphabet],
    ['zero-width joiner', 'a\u200db', alphabet],
    ['right-to-left override', 'a\u202eb', alphabet],
    ['line separator', 'a\u2028b', alphabet],
    ['an unpaired surrogate', 'a\ud800b', alphabet],
    ['private use', 'a\ue000b', alphabet],
    ['unassigned', 'a\u0378b', alphabet],
    ['combining grapheme joiner', 'alice\u034f', alphabet],
    ['Hangul filler', normalizeUsername('alice\u3164'), alphabet],
    ['half-width Hangul filler', normalizeUsername('\uffa0alice'), alphabet],
    ['Khmer inherent vowel', 'a\u17b4b', alphabet],
    ['Mongolian variation selector', 'a\u180bb', alphabet],
    ['variation selector', 'alice\ufe0f', alphabet],
    ['variation selector of a supplement', 'alice\u{e0100}', alphabet],
    ['empty Braille pattern', 'alice\u2800', alphabet]
  ] as const) {
    const check = () => assertUsername(username)
    if (detail === undefined) t.doesNotThrow(check, name)
    else {
      t.throws(
        check,
        {
          name: 'Problem',
          status: 400,
          message: `The request is not valid: /username ${detail}.`,
          errors: [{ pointer: '/username', detail }]
        },
        name
      )
    }
  }
})

t.test('a full name has no control character and no unpaired surrogate (a database cannot store them)', async t => {
  for (const name of [undefined, null, '', 'Alice Liddell', '愛麗絲', 'A\u200dB', '😀']) {
    t.doesNotThrow(() => assertFullName(name), JSON.stringify(name))
  }
  for (const name of ['a\0', 'a\nb', '\u007f', '\ud83d', '\u0085']) {
    t.throws(
      () => assertFullName(name),
      {
        status: 400,
        errors: [{ pointer: '/full_name', detail: 'contains a control character or an unpaired surrogate' }]
      },
      JSON.stringify(name)
    )
  }
})

t.test(
  'a full name has an invisible character only where a script or an emoji needs it (UAX #44, UTS #51)',
  async t => {
    for (const name of [
      'علی\u200cرضا',
      'ක්\u200dරිෂාන්',
      '👩\u200d🔬',
      '❤\ufe0f\u200d🔥',
      '葛\u{e0100}城',
      '1\ufe0f\u20e3'
    ]) {
      t.doesNotThrow(() => assertFullName(name), JSON.stringify(name))
    }
    for (const name of [
      '\u200b',
      'Alice\u00ad',
      'Ali\u034fce',
      '\u115f',
      '\u3164',
      '\uffa0',
      '\ufeffAlice',
      'A\u202eB',
      'A\u2066B',
      'A\u2060B',
      '\u2800',
      '\u200dAlice',
      '\ufe0f',
      'A\u200d\u200dB',
      'A\u200d\ufe0fB',
      'A\u{e0100}\u{e0101}B',
      'A\u{e0041}'
    ]) {
      t.throws(
        () => assertFullName(name),
        { status: 400, errors: [{ pointer: '/full_name', detail: 'contains an invisible character' }] },
        JSON.stringify(name)
      )
    }
    const start = performance.now()
    assertFullName('\u200dA'.repeat(128).slice(1))
    t.ok(performance.now() - start < 1000, 'and is read in one pass')
  }
)

t.test('a full name has at most 256 characters, in any encoding', async t => {
  t.doesNotThrow(() => assertFullName('😀'.repeat(256)))
  t.throws(() => assertFullName('a'.repeat(257)), {
    status: 400,
    errors: [{ pointer: '/full_name', detail: 'is longer than 256 characters' }]
  })
})

t.test('an e-mail address has one @ with text on both sides (only a message to it can prove more)', async t => {
  for (const email of [
    undefined,
    null,
    'alice@example.com',
    'a.b+c@x.y.z',
    'élodie@exämple.fr',
    `${'a'.repeat(242)}@example.com`
  ]) {
    t.doesNotThrow(() => assertEmail(email), JSON.stringify(email))
  }
  for (const email of [
    '',
    'alice',
    'a@b',
    'a@b.',
    'a@.b',
    '"quoted"@example.com',
    'a,b@example.com',
    'Alice <alice@example.com>',
    '@',
    'a@',
    '@b',
    'a@b@c',
    'a b@c',
    'a@b c',
    'a\n@b',
    'a\0@b',
    'a\u200d@b',
    `${'a'.repeat(243)}@example.com`
  ]) {
    t.throws(
      () => assertEmail(email),
      { name: 'Problem', status: 400, errors: [{ pointer: '/email', detail: 'is not an e-mail address' }] },
      JSON.stringify(email)
    )
  }
})
