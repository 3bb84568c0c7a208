import t from 'tap'
import { addressOf, filterOf, queryOf } from '../../console/src/pages/accounts/filter.ts'

t.test('The address of the list has the filter, and nothing that does not restrict', async t => {
  t.equal(addressOf({ q: '', state: 'all' }), '')
  t.equal(addressOf({ q: 'a b&', state: 'disabled' }), '?q=a+b%26&state=disabled')
  for (const state of ['all', 'enabled', 'disabled', 'invited'] as const) {
    const filter = { q: 'a b&', state }
    t.strictSame(filterOf(new URLSearchParams(addressOf(filter))), filter)
  }
})

t.test('An address with an unknown state shows all accounts', async t => {
  t.strictSame(filterOf(new URLSearchParams('state=forged')), { q: '', state: 'all' })
})

t.test('The request has the parameters of the API', async t => {
  t.strictSame(queryOf({ q: '', state: 'all' }), {})
  t.strictSame(queryOf({ q: 'al', state: 'enabled' }), { q: 'al', disabled: false })
  t.strictSame(queryOf({ q: '', state: 'disabled' }), { disabled: true })
  t.strictSame(queryOf({ q: '', state: 'invited' }), { invited: true })
})
