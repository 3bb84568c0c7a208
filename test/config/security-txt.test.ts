import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { checkSecurityTxt } from '../../src/config/security-txt.ts'

const issuer = 'https://auth.example.com'
const contact = 'Contact: mailto:security@example.com'
const expires = 'Expires: 2030-01-31T12:00:00Z'
const url = `${issuer}/.well-known/security.txt`

/** The problems of a file with these lines. */
const problemsOf = (lines: string[], of = issuer) => checkSecurityTxt(lines.join('\n'), of).problems

test('A file with each field of RFC 9116 has no fault, whatever the case of its names', t => {
  t.same(
    problemsOf([
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

test('The issuer may have a path: the file is then at the root of the host or below the path', t => {
  for (const canonical of [url, 'https://auth.example.com/login/.well-known/security.txt'])
    t.same(problemsOf([contact, expires, `Canonical: ${canonical}`], `${issuer}/login`), [])
  t.end()
})

test('The file lapses at the time of Expires', t => {
  const { expires: end, problems } = checkSecurityTxt(`${contact}\r\n${expires}\r\n# Grüße\r\n`, issuer)
  t.equal(end.toISOString(), '2030-01-31T12:00:00.000Z')
  t.same(problems, [])
  t.end()
})

test('A file that has lapsed is no fault, so that a server starts on any day', t => {
  t.same(problemsOf([contact, 'Expires: 2020-01-31T12:00:00Z']), [])
  t.end()
})

test('Each fault of a field is named with what to do', t => {
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
    const found = problemsOf(lines)
    t.equal(found.length, faults.length, lines.join(' '))
    t.match(found, faults)
  }
  t.end()
})

test('The fields of a signed file are those that the signature covers (RFC 9116 §2.3)', t => {
  const message = ['-----BEGIN PGP SIGNED MESSAGE-----', 'Hash: SHA256', '', '# Ours', contact, '- # escaped']
  const signature = ['-----BEGIN PGP SIGNATURE-----', '', 'iQEz', '-----END PGP SIGNATURE-----', '']
  const signed = [...message.slice(0, 5), expires, ...signature]
  t.same(checkSecurityTxt(signed.join('\n'), issuer), { expires: new Date('2030-01-31T12:00:00Z'), problems: [] })
  t.match(
    problemsOf([...message, ...signature, expires]),
    [/^has text after its signature: remove it$/, /^needs one Expires/],
    'one after it does not count'
  )
  const key = ['-----BEGIN PGP PRIVATE KEY BLOCK-----', '', 'lQOY', '-----END PGP PRIVATE KEY BLOCK-----']
  t.match(problemsOf([...signed, ...key]), [/^has text after its signature: remove it$/])
  t.match(problemsOf(signed.slice(0, -2)), [/^is signed and has no signature$/], 'one that does not end')
  t.match(problemsOf([...message, expires]), [/^is signed and has no signature$/])
  t.end()
})

test('The example in deploy has no fault for the issuer that it names', t => {
  const example = readFileSync(join(import.meta.dirname, '../../deploy/security.txt'), 'utf8')
  t.same(checkSecurityTxt(example, issuer).problems, [])
  t.end()
})
