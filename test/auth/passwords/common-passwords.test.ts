import { readFileSync } from 'node:fs'
import t from 'tap'
import { isFirstGuess } from '../../../src/auth/passwords/common-passwords.ts'

/** Passwords that a first guess would be, by the reason. */
const guessed = {
  'from the list': 'password,trustno1,iloveyou,qwertyuiop123456789,passwordpassword,manchesterunited,p@ssw0rd',
  'repeated pieces': `aaaaaaaaaaaaaaa,${' '.repeat(15)},abababababababa,bob bob bob bob bob,${'😀'.repeat(15)},${'a'.repeat(1024)},passwordpasswordpassword,password123password123,trustno1trustno1trust`,
  padded:
    'password!,password!!!!!!!,passwordddddddd,password1234567,password12345678901234567890,welcome12345678,manchesterunited!,manchesterunited9876543210',
  'character runs':
    '123456789012345,234567890123456,987654321098765,abcdefghijklmno,ponmlkjihgfedcba,xyzabcdefghijkl,qwertyuiopasdfgh,lkjhgfdsapoiuytrewq,qwertzuiopasdfg,azertyuiopqsdfg,1qaz2wsx3edc4rfv,1234567890qwertyuiop'
}

t.test('Common passwords are refused (NIST SP 800-63B-4 §3.1.1.2, ASVS 5.0 6.2.4)', async t => {
  for (const [reason, passwords] of Object.entries(guessed))
    t.strictSame(
      passwords.split(',').filter(password => !isFirstGuess(password)),
      [],
      reason
    )
})

t.test('A password that only contains a common one passes: the whole password is compared', async t => {
  const passwords = [
    ...['my password has five words', 'trustno1 but the blue whale', 'purple monkey purple monkey'],
    ...['twelve is not 123456789012345', 'qwertyuiop on the left of the sea', 'aaaaaaaaaaaaaaa then b and c'],
    ...['correct horse battery staple!!!!', 'correct horse battery staple 123456', 'password? 2 + 2'],
    // It ends with the text that it begins with.
    'x7#kq2px'
  ]
  t.strictSame(passwords.filter(isFirstGuess), [])
})

t.test('The list has the 3,000 most common passwords for every minimum length (ASVS 5.0 6.2.4)', async t => {
  const { passwords: list } = JSON.parse(readFileSync('src/auth/passwords/common-passwords.json', 'utf8')) as {
    passwords: string[]
  }
  t.ok(
    list.every((password, i) => i === 0 || password > String(list[i - 1])),
    'sorted, for readable diffs'
  )
  for (const length of [8, 12, 15]) {
    t.ok(list.filter(password => password.length >= length).length >= 3000, `${length} characters`)
  }
  t.strictSame(
    list.filter(password => !/^[!-~]{8,64}$/.test(password) || /[A-Z]/.test(password)),
    [],
    'in the form in which passwords are compared'
  )
  for (const password of list.filter((_, i) => i % 300 === 0)) {
    t.equal(isFirstGuess(password), true, password)
  }
  t.equal(isFirstGuess(`${list[5000]} ${list[5001]}`), false, 'two of them in a row')
})
