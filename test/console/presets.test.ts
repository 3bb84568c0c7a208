import t from 'tap'
import { presetOf, presets, queryOf } from '../../console/src/pages/clients/presets.ts'

t.test('An address presets the form of a client, and other values preset nothing', async t => {
  for (const preset of Object.values(presets)) t.strictSame(presetOf(queryOf(preset)), preset)
  const usual = {
    type: 'public',
    grants: ['password', 'refresh_token'],
    scopes: ['me'],
    dpop_bound_access_tokens: false
  }
  t.strictSame(presetOf(''), usual)
  t.strictSame(presetOf('type=secret&grants=magic&dpop=1'), { ...usual, grants: [] })
})
