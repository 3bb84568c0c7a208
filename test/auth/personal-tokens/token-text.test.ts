import { crc32 } from 'node:zlib'
import t from 'tap'
import { isPersonalToken, newPersonalToken } from '../../../src/auth/personal-tokens/token-text.ts'

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const number = (text: string) => [...text].reduce((sum, digit) => sum * 62n + BigInt(digits.indexOf(digit)), 0n)

t.test('A token has a prefix, 160 random bits and the CRC-32 of what precedes it, in base 62', async t => {
  const tokens = new Set(Array.from({ length: 50 }, newPersonalToken))
  t.equal(tokens.size, 50)
  let all = 0n
  for (const token of tokens) {
    const bits = number(token.slice(10, 37))
    all |= bits
    const isRight = number(token.slice(37)) === BigInt(crc32(token.slice(0, 37))) && isPersonalToken(token)
    if (!/^sally_pat_[0-9A-Za-z]{33}$/.test(token) || bits >= 2n ** 160n || !isRight) t.fail(token)
  }
  t.equal(all, 2n ** 160n - 1n, 'every bit is used')
})

t.test('A text with another form or checksum is not a token', async t => {
  const token = newPersonalToken()
  const change = (at: number) => token.slice(0, at) + (token[at] === 'x' ? 'y' : 'x') + token.slice(at + 1)
  const texts = [
    '',
    ...[0, 9, 10, 20, 36, 37, 42].map(change),
    token.slice(0, -1),
    `${token}0`,
    ` ${token}`,
    `${token}\n`,
    token.toUpperCase(),
    token.replace('sally_pat_', 'sally_pat-'),
    `sally_pat_${'0'.repeat(33)}`,
    'x'.repeat(100_000)
  ]
  t.strictSame(texts.filter(isPersonalToken), [])
})

t.test('The form of a token does not change, so that scanners for secrets find tokens of every release', async t => {
  t.ok(isPersonalToken('sally_pat_00000000000000000000000000003AUtC'))
  t.notOk(isPersonalToken('sally_pat_0dQs3qkvYcJ2VpBzZ5yVw0f1hTn0a7RkM'), 'the example in the API is not a secret')
})
