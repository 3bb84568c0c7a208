import t from 'tap'
import { maxPasswordBytes, passwordForm } from '../../../src/auth/passwords/password-form.ts'

t.test('The longest spelling of the longest password is normalized (UAX #15)', async t => {
  const longest = 'ǖ'.repeat(maxPasswordBytes / 2)
  t.equal(passwordForm(longest.normalize('NFD')), longest)
})

t.test('No letter has more than three UTF-16 units in another spelling for two bytes of NFC (UAX #15)', async t => {
  let most = 0
  for (let code = 0; code < 0x3_0000; code++) {
    const letter = String.fromCodePoint(code)
    const units = Math.max(letter.length, letter.normalize('NFD').length)
    most = Math.max(most, units / Buffer.byteLength(letter.normalize('NFC')))
  }
  t.equal(most, 1.5)
})
