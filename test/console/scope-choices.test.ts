import t from 'tap'
import { choicesOf, chosen } from '../../console/src/pages/accounts/scope-choices.ts'

t.test('A person can choose the scopes that they may grant, and remove others', async t => {
  const mine = ['me', 'users:write']
  const choices = choicesOf(['me', 'orders'], ['me', 'users:read', 'users:write'], scope => mine.includes(scope))
  t.strictSame(choices, [
    { scope: 'me', isGranted: true, isGrantable: true },
    { scope: 'users:write', isGranted: false, isGrantable: true },
    { scope: 'orders', isGranted: true, isGrantable: false }
  ])
})

t.test('A choice keeps the order of the scopes that stay', async t => {
  t.strictSame(chosen(['c', 'a', 'b'], ['a', 'b', 'c']), ['c', 'a', 'b'])
  t.strictSame(chosen(['c', 'a', 'b'], ['d', 'b', 'c']), ['c', 'b', 'd'])
})
