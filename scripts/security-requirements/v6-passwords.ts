import { chapter, type Requirement } from './requirement.ts'
import { passwordRules, passwords, resetPage } from './shared.ts'

const accountPasswords = 'src/auth/users/account-passwords.ts'

/** ASVS V6.1 and V6.2: the documents and passwords. */
export const v6Passwords: Requirement[] = [
  ...chapter('V6.1 Authentication Documentation', [
    [
      '6.1.1',
      '1',
      'Documents say how guessing is limited, how to configure it, and that attackers cannot lock an owner out',
      'met',
      {
        where: ['docs/operating.md', 'SECURITY.md'],
        tests: ['ten failures are free, then 1 s, 2 s, 4 s … 15 min, and never more (decision 34)']
      }
    ],
    [
      '6.1.2',
      '2',
      'A list of words of the context that passwords may not contain is documented',
      'in part',
      {
        where: ['docs/decisions/0018-first-guesses.md', passwordRules],
        tests: ['the names of the service come from its issuer'],
        note: 'The words are the names of the user, of Sallyport and of the host. You cannot add the names of your products or departments.'
      }
    ],
    [
      '6.1.3',
      '2',
      'All ways to authenticate are documented together, with their controls',
      'met',
      {
        where: ['SECURITY.md', 'routes/README.md'],
        tests: ['the document has every URL of the table'],
        note: 'The table "Ways to authenticate" has them. The document of the API says where a second factor is asked for.'
      }
    ]
  ]),
  ...chapter('V6.2 Password Security', [
    [
      '6.2.1',
      '1',
      'Passwords have 8 characters or more, better 15',
      'met',
      {
        where: [passwordRules],
        note: '15 by default; `PASSWORD_MIN_LENGTH` sets it.'
      }
    ],
    [
      '6.2.2',
      '1',
      'Users can change their password',
      'met',
      { where: [accountPasswords, 'routes/me.ts'], tests: ['a new password replaces the old one'] }
    ],
    [
      '6.2.3',
      '1',
      'A change needs the current password and the new one',
      'met',
      {
        where: [accountPasswords, 'routes/me.ts'],
        tests: ['a wrong current password is 403, and no session ends']
      }
    ],
    [
      '6.2.4',
      '1',
      'New passwords are compared with the 3,000 most common ones that the policy allows',
      'met',
      {
        where: ['src/auth/passwords/common-passwords.ts']
      }
    ],
    ['6.2.5', '1', 'There are no rules about the composition of passwords', 'met', { where: [passwordRules] }],
    [
      '6.2.6',
      '1',
      'Input fields hide the password',
      'met',
      { where: [resetPage], note: 'The page of the mailed link. The form of the login is your app.' }
    ],
    [
      '6.2.7',
      '1',
      'Pasting, browser helpers and password managers are allowed',
      'met',
      { where: [resetPage], note: 'The page of the mailed link. The form of the login is your app.' }
    ],
    [
      '6.2.8',
      '1',
      'The password is verified exactly as it was received',
      'in part',
      {
        where: [passwords],
        note: 'It is normalized to NFC, as NIST asks, so two encodings of one character are equal. Imported bcrypt hashes of other applications ignore the bytes after the 72nd until the next login replaces them.'
      }
    ],
    [
      '6.2.9',
      '2',
      'Passwords of 64 characters and more are allowed',
      'met',
      { where: [passwordRules], note: 'Up to 1,024 bytes.' }
    ],
    [
      '6.2.10',
      '2',
      'Passwords do not expire',
      'met',
      {
        where: [passwordRules],
        tests: ['password rules apply to new passwords only: an older password still logs in, and its hash is upgraded']
      }
    ],
    [
      '6.2.11',
      '2',
      'The documented words of the context are refused in new passwords',
      'met',
      { where: [passwordRules] }
    ],
    [
      '6.2.12',
      '2',
      'New passwords are compared with a set of passwords from breaches',
      'not met',
      {
        where: ['docs/decisions/0018-first-guesses.md'],
        note: 'The list has the 24,582 most common passwords, from leaks until 2015. Sallyport sends no part of a password to a service such as Have I Been Pwned.'
      }
    ]
  ])
]
