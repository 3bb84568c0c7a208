import { chapter, type Requirement } from './requirement.ts'
import { passwordRules, passwords, resetPage, throttle, userAdmin, yourTls } from './shared.ts'

/** NIST SP 800-63B-4 §3.1.1: passwords. */
export const nistPasswords: Requirement[] = [
  ...chapter('§3.1.1 Passwords', [
    [
      '3.1.1.1',
      'SHALL',
      'Subscribers choose their passwords, or get random ones',
      'met',
      {
        where: ['routes/users.ts'],
        tests: ['a new account has the requested values, the scope me, and an unverified address']
      }
    ],
    [
      '3.1.1.1',
      'SHALL',
      'A listed password has to be replaced, and nothing else restricts the choice',
      'in part',
      {
        where: [passwordRules],
        tests: [
          'refuses common passwords in any case and width (ASVS 5.0 6.2.4)',
          "refuses passwords that contain the user's identifiers or the service's name (ASVS 5.0 6.2.11)"
        ],
        note: 'Names of the user and of the service are refused anywhere in a password, and control characters everywhere. ASVS 6.2.11 asks for the first, RFC 6749 Appendix A.16 for the second.'
      }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'A password that is the only factor has 15 characters or more',
      'met',
      {
        where: [passwordRules],
        tests: [
          'NIST SP 800-63B-4 §3.1.1.2: a password has 15 characters or more, since it may be the only factor (ASVS 6.2.1)'
        ],
        note: 'Unless `PASSWORD_MIN_LENGTH` is lower.'
      }
    ],
    [
      '3.1.1.2',
      'SHOULD',
      'Passwords may have 64 characters, of printable ASCII, blanks and Unicode',
      'met',
      {
        where: [passwordRules],
        tests: [
          'NIST SP 800-63B-4 §3.1.1.2: passwords may have 64 characters and more, of printable ASCII, blanks and Unicode; a code point is one character, and there are no composition rules (ASVS 6.2.5, 6.2.9)'
        ]
      }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'A code point counts as one character',
      'met',
      {
        where: [passwordRules],
        tests: ['length is counted in characters and limited in bytes (NIST SP 800-63B-4 §3.1.1.2)']
      }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'There are no rules about composition',
      'met',
      {
        where: [passwordRules],
        tests: ['there are no rules about composition (NIST SP 800-63B-4 §3.1.1.2, ASVS 5.0 6.2.5)']
      }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'Passwords need no periodic change, but one after a compromise',
      'met',
      {
        where: [userAdmin],
        tests: ['a forced reset invalidates the password and ends every session, and returns neither'],
        note: 'An administrator forces the change; Sallyport finds no compromise by itself.'
      }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'There are no hints and no security questions',
      'met',
      { where: ['routes/users.ts'], tests: ['an account has no hint and no security question (ASVS 6.4.2)'] }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'The whole password is asked for and verified',
      'met',
      {
        where: [passwords],
        tests: [
          'a password matches its own hash and no other (NIST SP 800-63B-4 §3.1.1.2)',
          'NIST SP 800-63B-4 §3.1.1.2: the whole password is verified, including bytes after the 72nd (ASVS 6.2.8)',
          'two passwords of 80 bytes that differ at byte 73 never match'
        ],
        note: 'Imported bcrypt hashes of other applications ignore the bytes after the 72nd until the next login replaces them.'
      }
    ],
    [
      '3.1.1.2',
      'SHOULD',
      'Passwords are normalized to NFC, and subscribers are advised about Unicode',
      'in part',
      {
        where: [passwords],
        tests: ['the two encodings of é are one password (NIST SP 800-63B-4 §3.1.1.2: normalise)'],
        note: 'The advice is missing.'
      }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'A new password is compared, as a whole, with a list of common or compromised ones',
      'met',
      {
        where: ['src/auth/passwords/common-passwords.ts'],
        tests: [
          'NIST SP 800-63B-4 §3.1.1.2: a new password is compared with a list of common passwords, including the 3,000 most common of every minimum length, and the refusal gives the reason (ASVS 6.2.4)',
          'refuses common passwords (NIST SP 800-63B-4 §3.1.1.2, ASVS 5.0 6.2.4)',
          'compares the whole password: a password that only contains a common one passes'
        ]
      }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'Words of the context may be on the list',
      'met',
      {
        where: [passwordRules],
        tests: [
          'NIST SP 800-63B-4 §3.1.1.2: a new password that contains the name of the user or the service is refused (ASVS 6.2.11)'
        ],
        note: 'They are refused anywhere in a password, which is stricter than the text.'
      }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'A refusal gives its reason, and helps to choose a strong password',
      'met',
      {
        where: [passwordRules, resetPage],
        tests: [
          'a refused password is reported at its field, and the link still works',
          'an invalid registration is 400 with a pointer to each member (RFC 9457 §3)'
        ]
      }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'Failed attempts at an account are limited',
      'met',
      { where: [throttle], tests: ['ten failures are free, then 1 s, 2 s, 4 s … 15 min, and never more (decision 34)'] }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'Password managers, autofill and paste work',
      'met',
      {
        where: [resetPage],
        tests: [
          'the page of a link hides the new password, and password managers may fill and paste it (ASVS 6.2.6, 6.2.7)'
        ],
        note: 'The page of the mailed link. The form of the login is your app.'
      }
    ],
    [
      '3.1.1.2',
      'SHOULD',
      'A password can be displayed while it is entered',
      'not met',
      {
        where: [resetPage],
        note: 'The page of the mailed link runs no script, so it has no such button. The browser may offer one.'
      }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'Passwords travel over approved encryption and an authenticated channel',
      'in part',
      {
        where: ['src/config/risks.ts', 'src/doctor/issuer.ts'],
        tests: [
          'every way to run a server refuses insecure settings',
          'an http issuer of another machine is one finding, whatever HOST is'
        ],
        note: yourTls
      }
    ],
    [
      '3.1.1.2',
      'SHALL',
      'Passwords are stored with a password hash and a salt of 32 bits or more',
      'met',
      {
        where: ['src/auth/passwords/bcrypt-sha256.ts'],
        tests: ["a new hash is in passlib's bcrypt_sha256 version 2 (passlib 1.7.3 and later)"],
        note: 'The salt has 128 bits.'
      }
    ],
    [
      '3.1.1.2',
      'SHOULD',
      'The scheme is an approved one',
      'not met',
      { where: ['docs/decisions/0007-bcrypt-sha256.md'], note: 'bcrypt over HMAC-SHA-256. SP 800-132 approves PBKDF2.' }
    ],
    [
      '3.1.1.2',
      'SHOULD',
      'The cost is high, grows with the years, and is stored with the hash',
      'met',
      {
        where: [passwords],
        tests: ['a hash is upgraded when its scheme or cost is outdated, and never weakened']
      }
    ],
    [
      '3.1.1.2',
      'SHOULD',
      'Hashes are protected by a further key, which is stored elsewhere',
      'not met',
      {
        where: [passwords],
        note: 'A stolen database is enough to guess offline. `SECRET` protects signing keys, not hashes.'
      }
    ]
  ])
]
