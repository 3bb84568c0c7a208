import t from 'tap'
import { createRecoveryCodes } from '../../../src/auth/second-factor/recovery-codes.ts'

const secret = 'a secret of the tests, 32 bytes or more'
const other = 'another secret of the tests, 32 bytes'

t.test('A code is found however it is written, and no other is', async t => {
  const { create, find } = createRecoveryCodes({ secret })
  const { codes, rows } = create('alice')
  for (const [index, code] of codes.entries())
    for (const spelling of [code, code.toLowerCase(), ` ${code.replaceAll('-', ' ')} `, code.replaceAll('-', '')])
      t.equal(find(spelling, rows), rows[index]?.hash)
  const [code = ''] = codes
  for (const wrong of ['', 'AAAA-AAAA-AAAA-AAAA', code.slice(1), `${code}A`]) t.equal(find(wrong, rows), undefined)
  t.equal(find(code, []), undefined)
  t.equal(find(code, create('alice').rows), undefined, 'of an earlier set')
  t.equal(find(code, create('bob').rows), undefined)
})

t.test('The codes of each account have a key of their own, which the secret encrypts', async t => {
  const [alice, again] = [
    createRecoveryCodes({ secret }).create('alice'),
    createRecoveryCodes({ secret }).create('alice')
  ]
  t.equal(new Set(alice.rows.map(({ keySealed }) => keySealed)).size, 1)
  t.not(alice.rows[0]?.keySealed, again.rows[0]?.keySealed)
  const [code = ''] = alice.codes
  t.ok(createRecoveryCodes({ secret: other, secondSecret: secret }).find(code, alice.rows))
  t.equal(createRecoveryCodes({ secret: other }).find(code, alice.rows), undefined, 'no match without the secret')
  const moved = alice.rows.map(row => ({ ...row, userId: 'bob' }))
  t.equal(createRecoveryCodes({ secret }).find(code, moved), undefined, 'the key of another account')
})
