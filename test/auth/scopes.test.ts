import t from 'tap'
import { assertScopes, grantScope, parseScope } from '../../src/auth/scopes.ts'

t.test('A scope parameter is a list in which each name counts once (RFC 6749 §3.3)', async t => {
  t.strictSame(parseScope('me'), ['me'])
  t.strictSame(parseScope('users:read me users:read'), ['users:read', 'me'])
  t.strictSame(parseScope('  me   users:read '), ['me', 'users:read'], 'extra spaces are accepted (decision)')
})

t.test('A scope parameter outside the syntax is invalid_scope (RFC 6749 §5.2)', async t => {
  for (const text of ['', ' ', '   ', 'me "x"', 'a\\b', 'mé', 'me\tusers:read', 'me,\u0000']) {
    t.throws(
      () => parseScope(text),
      {
        code: 'invalid_scope',
        status: 400,
        message: 'scope must be a list of names of printable ASCII, separated by spaces.'
      },
      JSON.stringify(text)
    )
  }
})

t.test('Grants the scopes that are requested and allowed by every party (RFC 6749 §3.3)', async t => {
  const scenarios: [name: string, asked: string | undefined, allowed: string[], granted: string][] = [
    ['nothing asked: all', undefined, ['me users:read'], 'me users:read'],
    ['nothing asked: the scopes in every list', undefined, ['me a b', 'b me'], 'me b'],
    ['asked: narrowed', 'me users:write', ['me users:read'], 'me'],
    ['asked: in the order asked', 'b a', ['a b'], 'b a'],
    ['three lists', 'a b c', ['a b', 'b c'], 'b'],
    ['no other party restricts it', 'me', [], 'me']
  ]
  for (const [name, asked, allowed, granted] of scenarios)
    t.strictSame(grantScope(asked, ...allowed.map(list => list.split(' '))), granted.split(' '), name)
})

t.test('An empty grant is invalid_scope (RFC 6749 §5.2)', async t => {
  for (const [asked, ...allowed] of [
    ['users:write', ['me']],
    [undefined, ['me'], ['users:read']],
    [undefined, []],
    [undefined]
  ] as [string | undefined, ...string[][]][]) {
    t.throws(() => grantScope(asked, ...allowed), {
      code: 'invalid_scope',
      status: 400,
      message: 'None of the requested scopes can be granted.'
    })
  }
})

t.test('The scopes an account may have fit into a token, and the token into a header (limit: 8 KiB)', async t => {
  const scopes = (count: number) => Array.from({ length: count }, (_, n) => `scope-${String(n).padStart(13, '0')}`)
  t.doesNotThrow(() => assertScopes(scopes(100)))
  t.throws(() => assertScopes(scopes(101)), {
    status: 400,
    errors: [{ pointer: '/scopes', detail: 'must not exceed 2000 characters in total' }]
  })
  t.throws(() => assertScopes(['a b']), {
    errors: [
      { pointer: '/scopes', detail: 'must contain only names of printable ASCII without spaces, quotes or backslashes' }
    ]
  })
})
