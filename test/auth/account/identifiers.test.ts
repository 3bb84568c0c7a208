import t, { type Test } from 'tap'
import {
  assertEmail,
  assertFullName,
  assertUsername,
  normalizeEmail,
  normalizeUsername,
  usernameFrom
} from '../../../src/auth/account/identifiers.ts'

t.test('A username has one form: NFKC and lower case', async t => {
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

t.test('The normalized form of every letter is stable (Unicode UAX #15)', async t => {
  const unstable: string[] = []
  for (let code = 0; code < 0x3_0000; code++) {
    const once = normalizeUsername(String.fromCodePoint(code))
    if (normalizeUsername(once) !== once) unstable.push(code.toString(16))
  }
  t.strictSame(unstable, [])
})

t.test('The longest spelling of a name is normalized, and longer text is no name', async t => {
  const letter = '\u0313\u0300\u0345'
  t.equal(normalizeUsername(`\u{1d6c2}${letter}`.repeat(64)), 'ᾂ'.repeat(64))
  const address = `${`α${letter}`.repeat(242)}@example.com`
  t.equal(normalizeEmail(address), `${'ᾂ'.repeat(242)}@example.com`)
  t.doesNotThrow(() => assertEmail(address))
  t.equal(normalizeEmail('A'.repeat(1016)), 'a'.repeat(1016))
  const [name, email] = ['Ａ'.repeat(513), `${'A'.repeat(1005)}@example.com`]
  t.equal(normalizeUsername(name), name)
  t.throws(() => assertUsername(normalizeUsername(name)), { name: 'Problem', status: 400 })
  t.equal(normalizeEmail(email), email)
  t.throws(() => assertEmail(email), { name: 'Problem', status: 400 })
  t.equal(usernameFrom('Ａ'.repeat(9999)), 'a'.repeat(48), 'a username that is made of it is canonical')
})

t.test('No letter has more than four characters in another spelling (UAX #15)', async t => {
  let most = 0
  for (let code = 0; code < 0x3_0000; code++)
    most = Math.max(most, Array.from(String.fromCodePoint(code).normalize('NFD')).length)
  t.equal(most, 4)
})

t.test('An e-mail address has one form: NFC and lower case', async t => {
  t.equal(normalizeEmail('Alice@Example.COM'), 'alice@example.com')
  t.equal(normalizeEmail('ame\u0301lie@example.com'), 'amélie@example.com')
})

t.test('Spellings of a domain that a mailer maps to one are one address (UTS #46)', async t => {
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

t.test('A username has 1 to 64 characters, no @ and no control character or invisible one', async t => {
  const right = ['a', 'a'.repeat(64), '😀'.repeat(64), 'alice liddell', "o'neill-smith_1.2+x/y\\z", '__proto__']
  for (const name of right) t.doesNotThrow(() => assertUsername(name), name)
  const length = 'must have 1 to 64 characters and no leading or trailing spaces'
  const alphabet = 'must not contain @, control characters or invisible characters'
  // Among them are NUL, DEL, C1, joiners, directions, a surrogate, private use, unassigned, fillers and selectors.
  const wrong = [
    ...'@\0\n\t\u007f\u0085\u200d\u202e\u2028\ud800\ue000\u0378\u034f\u3164\uffa0\u17b4\u180b\ufe0f\u{e0100}\u2800'
  ].map(one => normalizeUsername(`a${one}b`))
  for (const [names, detail] of [
    [['', 'a'.repeat(65), '😀'.repeat(65), ' alice', 'alice ', ' ', 'alice\n'], length],
    [['@', 'alice@example.com', 'alice\u034f', normalizeUsername('\uffa0alice'), ...wrong], alphabet]
  ] as const)
    for (const name of names)
      t.throws(
        () => assertUsername(name),
        {
          ...{ name: 'Problem', status: 400, message: `The request is not valid: /username ${detail}.` },
          errors: [{ pointer: '/username', detail }]
        },
        `${name.length} characters, U+${name.codePointAt(1)?.toString(16)}`
      )
})

/** Checks that each full name is refused with this detail. */
function assertFullNamesRefused(t: Test, names: string[], detail: string) {
  for (const name of names)
    t.throws(
      () => assertFullName(name),
      { status: 400, errors: [{ pointer: '/full_name', detail }] },
      JSON.stringify(name)
    )
}

t.test('A full name has no control character and no unpaired surrogate (a database cannot store them)', async t => {
  for (const name of [undefined, null, '', 'Alice Liddell', '愛麗絲', 'A\u200dB', '😀', '😀'.repeat(256)])
    t.doesNotThrow(() => assertFullName(name), JSON.stringify(name))
  const detail = 'contains a control character or an unpaired surrogate'
  assertFullNamesRefused(t, ['a\0', 'a\nb', '\u007f', '\ud83d', '\u0085'], detail)
  assertFullNamesRefused(t, ['a'.repeat(257)], 'is longer than 256 characters')
})

t.test(
  'A full name has an invisible character only where a script or an emoji needs it (UAX #44, UTS #51)',
  async t => {
    for (const name of 'علی\u200cرضا ක්\u200dරිෂාන් 👩\u200d🔬 ❤\ufe0f\u200d🔥 葛\u{e0100}城 1\ufe0f\u20e3'.split(' '))
      t.doesNotThrow(() => assertFullName(name), JSON.stringify(name))
    const alone = [...'\u200b\u00ad\u034f\u115f\u3164\uffa0\ufeff\u202e\u2066\u2060\u2800\ufe0f\u{e0041}']
    const besides = ['\u200dAlice', 'A\u200d\u200dB', 'A\u200d\ufe0fB', 'A\u{e0100}\u{e0101}B', '\ufe0f', '\u200b']
    assertFullNamesRefused(
      t,
      [...alone.filter(one => one !== '\ufe0f').map(one => `A${one}B`), ...besides],
      'contains an invisible character'
    )
    const start = performance.now()
    assertFullName('\u200dA'.repeat(128).slice(1))
    t.ok(performance.now() - start < 1000, 'and is read in one pass')
  }
)

t.test('An e-mail address has one @ with text on both sides (only a message to it can prove more)', async t => {
  const longest = `${'a'.repeat(242)}@example.com`
  for (const email of [undefined, null, 'alice@example.com', 'a.b+c@x.y.z', 'élodie@exämple.fr', longest])
    t.doesNotThrow(() => assertEmail(email), JSON.stringify(email))
  const forms = [
    ...['', 'alice', 'a@b', 'a@b.', 'a@.b', '"quoted"@example.com', 'a,b@example.com', '@', 'a@', '@b', 'a@b@c'],
    ...['Alice <alice@example.com>', 'a b@c', 'a@b c', 'a\n@b', 'a\0@b', 'a\u200d@b', `a${longest}`]
  ]
  const invisible = [...'\ufe00\u034f\u3164\u115f\u180b\u2800'].map(one => `ali${one}ce@example.com`)
  // Numbers, and what a mailer would read as another domain.
  const domains = [
    ...['127.0.0.1', '127.1', '１２７.0.0.1', 'example.com，evil.com', 'exämple.com/evil.com', 'exämple.com／evil.com'],
    ...['exämple.com?a.com', 'ex%61mple.com', 'ex%61mple.cöm', 'ex％61mple.com', 'exä\tmple.com', 'a\u200db.com'],
    'example.com。'
  ]
  for (const email of [...forms, ...invisible, ...domains.map(domain => `alice@${domain}`)])
    t.throws(
      () => assertEmail(email),
      { name: 'Problem', status: 400, errors: [{ pointer: '/email', detail: 'is not an e-mail address' }] },
      JSON.stringify(email)
    )
})
