import t from 'tap'
import { isScope } from '../../src/wire/scope-token.ts'

t.test('A scope is one or more printable ASCII characters but space, quote and backslash (RFC 6749 §3.3)', async t => {
  for (const scope of ['a', 'users:read', '!', '#', '[', ']', '~', 'https://example.com/x?y=1&z'])
    t.ok(isScope(scope), scope)
  for (const scope of ['', ' ', 'a b', '"', 'a"b', '\\', '\u007f', 'é', 'a\tb', 'a\n', '\u0000']) {
    t.notOk(isScope(scope), JSON.stringify(scope))
  }
})
