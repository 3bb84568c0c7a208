import t from 'tap'
import { identitiesIn, movedIdentities } from '../../src/transfer/moved-identities.ts'

const google = 'https://accounts.google.com'

t.test('Identities are an array or its JSON, and none without a value', async t => {
  const one = [{ issuer: google, subject: '1' }]
  t.same(movedIdentities(one), one)
  t.same(movedIdentities(JSON.stringify(one)), one)
  for (const none of [undefined, null, '', []]) t.same(movedIdentities(none), [])
})

t.test('A value that no identity can have is refused', async t => {
  const one = { issuer: google, subject: '1' }
  for (const wrong of [
    ...['x', '{}', one, [1], [null], [{ subject: '1' }], [{ issuer: google }]],
    [{ ...one, issuer: 'http://issuer.example' }],
    [{ ...one, subject: '' }],
    [{ ...one, subject: 'x'.repeat(256) }],
    Array.from({ length: 21 }, () => one)
  ])
    t.throws(() => movedIdentities(wrong), { errors: [{ pointer: '/identities' }] }, JSON.stringify(wrong))
})

t.test('Of the providers of an application, those stay whose ID tokens are valid here', async t => {
  const list = ['google.com', 'apple.com', 'facebook.com', 'password'].map((name, n) => ({ name, id: n + 1 }))
  t.same(identitiesIn([...list, { name: 'google.com' }], ['name', 'id']), [
    { issuer: google, subject: '1' },
    { issuer: 'https://appleid.apple.com', subject: '2' }
  ])
})
