import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { readSecurityTxt } from '../../src/config/security-txt.ts'
import type { ConfigError } from '../../src/errors.ts'
import { configFrom, loadConfig } from '../../src/load-config.ts'

const issuer = 'https://auth.example.com'
const contact = 'Contact: mailto:security@example.com'
const expires = 'Expires: 2030-01-31T12:00:00Z'
const url = `${issuer}/.well-known/security.txt`

function fileOf(t: Test, content: string | Buffer): string {
  const path = join(t.testdir(), 'security.txt')
  writeFileSync(path, content)
  return path
}

/** The problems of a file with these lines, without its path. */
const problemsOf = (t: Test, lines: string[], of = issuer) => {
  const path = fileOf(t, lines.join('\n'))
  return readSecurityTxt(path, of).problems.map(problem => problem.replace(`${path} `, ''))
}

test('a file with each field of RFC 9116 has no fault, whatever the case of its names', t => {
  t.same(
    problemsOf(t, [
      '# Our security team',
      contact,
      'contact: https://example.com/report',
      'CONTACT: tel:+1-201-555-0123',
      'Contact: tel:+1-201-555-0123;ext=12',
      'Contact: xmpp:security@example.com',
      'Expires: 2030-01-31t12:00:00.5+02:00',
      'Encryption: openpgp4fpr:5f2de5521c63a801ab59ccb603d49de44b29100f',
      'Acknowledgments: https://example.com/thanks',
      'Preferred-Languages: en, de',
      'Canonical: https://www.example.com/.well-known/security.txt',
      `Canonical: ${url}`,
      'Policy: https://example.com/policy',
      'Hiring: https://example.com/jobs',
      'X-Own: anything',
      ''
    ]),
    []
  )
  t.end()
})

test('the issuer may have a path: the file is then at the root of the host or below the path', t => {
  for (const canonical of [url, 'https://auth.example.com/login/.well-known/security.txt'])
    t.same(problemsOf(t, [contact, expires, `Canonical: ${canonical}`], `${issuer}/login`), [])
  t.end()
})

test('the text is that of the file, byte for byte, and lapses at the time of Expires', t => {
  const content = `${contact}\r\n${expires}\r\n# Grüße\r\n`
  const { text, expires: end, problems } = readSecurityTxt(fileOf(t, content), issuer)
  t.equal(text, content)
  t.equal(end.toISOString(), '2030-01-31T12:00:00.000Z')
  t.same(problems, [])
  t.end()
})

test('a file that has lapsed is no fault, so that a server starts on any day', t => {
  t.same(problemsOf(t, [contact, 'Expires: 2020-01-31T12:00:00Z']), [])
  t.end()
})

test('each fault of a field is named with what to do', t => {
  for (const [lines, faults] of [
    [[expires], [/^has no Contact: add one, such as/]],
    [[contact], [/^needs one Expires, such as/]],
    [[contact, expires, expires], [/^needs one Expires/]],
    [[contact, 'Expires: 31 January 2030'], [/^needs one Expires/]],
    [[contact, 'Expires: 2030-13-31T12:00:00Z'], [/^needs one Expires/]],
    [
      ['Contact: security@example.com', expires],
      [/^has Contact "security@example.com": expected a URI, such as mailto:/]
    ],
    [['Contact: http://example.com', expires], [/^has Contact "http:\/\/example.com": expected/]],
    [[contact, expires, 'Policy: http://example.com'], [/^has the address "http:\/\/example.com": expected an https/]],
    [[contact, expires, 'Preferred-Languages: en', 'preferred-languages: de'], [/^has more than one Preferred-L/]],
    [
      [contact, expires, 'Canonical: https://example.com/.well-known/security.txt'],
      [/^has no Canonical of this server: add "Canonical: https:\/\/auth\.example\.com\/\.well-known\/security\.txt"/]
    ],
    [[contact, expires, 'Hiring:https://example.com'], [/^has a line that is neither a comment nor "Name: value"$/]],
    [[contact, expires, 'Write to us'], [/^has a line that is neither a comment nor "Name: value"$/]],
    [[`\ufeff${contact}`, contact, expires], [/^has a line that is neither/]],
    [[], [/^has no Contact/, /^needs one Expires/]]
  ] as [string[], RegExp[]][]) {
    const found = problemsOf(t, lines)
    t.equal(found.length, faults.length, lines.join(' '))
    t.match(found, faults)
  }
  t.end()
})

test('the fields of a signed file are those that the signature covers (RFC 9116 §2.3)', t => {
  const message = ['-----BEGIN PGP SIGNED MESSAGE-----', 'Hash: SHA256', '', '# Ours', contact, '- # escaped']
  const signature = ['-----BEGIN PGP SIGNATURE-----', '', 'iQEz', '-----END PGP SIGNATURE-----', '']
  const signed = [...message.slice(0, 5), expires, ...signature]
  const path = fileOf(t, signed.join('\n'))
  t.same(readSecurityTxt(path, issuer), {
    text: signed.join('\n'),
    expires: new Date('2030-01-31T12:00:00Z'),
    problems: []
  })
  t.match(
    problemsOf(t, [...message, ...signature, expires]),
    [/^has text after its signature: remove it$/, /^needs one Expires/],
    'one after it does not count'
  )
  const key = ['-----BEGIN PGP PRIVATE KEY BLOCK-----', '', 'lQOY', '-----END PGP PRIVATE KEY BLOCK-----']
  t.match(problemsOf(t, [...signed, ...key]), [/^has text after its signature: remove it$/])
  t.match(problemsOf(t, signed.slice(0, -2)), [/^is signed and has no signature$/], 'one that does not end')
  t.match(problemsOf(t, [...message, expires]), [/^is signed and has no signature$/])
  t.end()
})

test('what is not a file of 32 KiB in UTF-8 is named and not read', t => {
  const folder = t.testdir()
  const large = fileOf(t, 'x'.repeat(32 * 1024 + 1))
  for (const [path, problem] of [
    [folder, `${folder} is not a regular file`],
    [join(folder, 'missing'), `cannot read ${join(folder, 'missing')} (ENOENT)`],
    [large, `${large} has 32769 bytes: expected 32768 at most`]
  ] as const)
    t.same(readSecurityTxt(path, issuer).problems, [problem])
  const latin = fileOf(t, Buffer.from([0x23, 0xe4]))
  t.same(readSecurityTxt(latin, issuer).problems, [`${latin} is not UTF-8`])
  t.end()
})

test('the server does not start with a faulty file, and names the setting', t => {
  const path = fileOf(t, contact)
  const problemsOf = (start: () => unknown) => {
    try {
      start()
    } catch (error) {
      return (error as ConfigError).problems
    }
  }
  const env = { DATABASE_URL: 'sqlite::memory:', ISSUER: issuer, SECURITY_TXT: path }
  t.match(
    problemsOf(() => loadConfig(env, '/nonexistent')),
    [/^SECURITY_TXT: .*security\.txt needs one Expires/]
  )
  t.match(
    problemsOf(() => loadConfig({ ...env, ISSUER: 'auth' }, '/nonexistent')),
    [/^ISSUER is/],
    'a wrong issuer comes first'
  )
  t.match(
    problemsOf(() => configFrom({ databaseUrl: 'sqlite::memory:', issuer, securityTxt: path })),
    [/^securityTxt: .* needs one Expires/]
  )
  t.end()
})

test('the example in deploy has no fault for the issuer that it names', t => {
  t.same(readSecurityTxt(join(import.meta.dirname, '../../deploy/security.txt'), issuer).problems, [])
  t.end()
})
