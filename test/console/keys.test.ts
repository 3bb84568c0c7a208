import t from 'tap'
import { wordsFor } from '../../console/src/pages/keys/words.ts'

const words = (state: Parameters<typeof wordsFor>[0]['state'], expires_at: string | null) =>
  wordsFor({ state, signs_at: 'May', expires_at }, time => time)

t.test('The words of a key say what it does, and until when', async t => {
  t.equal(words('published', null), 'Signs from May on. Your services can fetch it until then.')
  t.equal(words('signs', null), 'Signs new tokens.')
  t.equal(words('signs', 'June'), 'Signs new tokens until the next key takes over, and verifies until June.')
  t.equal(words('verifies', 'June'), 'No longer signs; verifies until June.')
  t.equal(words('verifies', null), 'Signs as soon as every cached JWKS contains it.')
  t.equal(words('expired', 'June'), 'Left the JWKS on June.')
})
