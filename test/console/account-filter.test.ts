import t from 'tap'
import { addressOf, filterOf, queryOf } from '../../console/src/pages/accounts/filter.ts'

t.test('The address of the list has the filter, and nothing that does not restrict', async t => {
  t.equal(addressOf({ q: '', state: 'all', sort: 'username' }), '')
  t.equal(addressOf({ q: 'a b&', state: 'disabled', sort: 'newest' }), '?q=a+b%26&state=disabled&sort=newest')
  for (const state of ['all', 'enabled', 'disabled', 'invited'] as const) {
    const filter = { q: 'a b&', state, sort: 'newest' } as const
    t.strictSame(filterOf(new URLSearchParams(addressOf(filter))), filter)
  }
})

t.test('An address with an unknown state or order shows all accounts by username', async t => {
  t.strictSame(filterOf(new URLSearchParams('state=forged&sort=forged')), { q: '', state: 'all', sort: 'username' })
})

t.test('The request has the parameters of the API', async t => {
  t.strictSame(queryOf({ q: '', state: 'all', sort: 'newest' }), { sort: 'newest' })
  t.strictSame(queryOf({ q: 'al', state: 'enabled', sort: 'username' }), { q: 'al', disabled: false })
  t.strictSame(queryOf({ q: '', state: 'disabled', sort: 'username' }), { disabled: true })
  t.strictSame(queryOf({ q: '', state: 'invited', sort: 'username' }), { invited: true })
})
