import t from 'tap'
import { assertScopes, builtInScopes, grantScope, isScope, parseScope } from '../../src/auth/scopes.ts'

t.test('a scope is one or more printable ASCII characters but space, quote and backslash (RFC 6749 §3.3)', async t => {
  for (const scope of ['a', 'users:read', '!', '#', '[', ']', '~', 'https://example.com/x?y=1&z'])
    t.ok(isScope(scope), scope)
  for (const scope of ['', ' ', 'a b', '"', 'a"b', '\\', '\u007f', 'é', 'a\tb', 'a\n', '\u0000']) {
    t.notOk(isScope(scope), JSON.stringify(scope))
  }
})

t.test('every built-in scope is a valid scope name (RFC 6749 §3.3)', async t => {
  t.ok(Object.keys(builtInScopes).every(isScope))
})

t.test('a scope parameter is a list in which each name counts once (RFC 6749 §3.3)', async t => {
  t.strictSame(parseScope('me'), ['me'])
  t.strictSame(parseScope('users:read me users:read'), ['users:read', 'me'])
})

t.test('extra spaces are accepted, since real clients join scopes carelessly (decision)', async t => {
  t.strictSame(parseScope('  me   users:read '), ['me', 'users:read'])
})

t.test('a scope parameter outside the syntax is invalid_scope (RFC 6749 §5.2)', async t => {
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

t.test('grants the scopes that are requested and allowed by every party (RFC 6749 §3.3)', async t => {
  const scenarios: { name: string; asked?: string; allowed: string[][]; granted: string[] }[] = [
    { name: 'nothing asked: all', allowed: [['me', 'users:read']], granted: ['me', 'users:read'] },
    {
      name: 'nothing asked: the scopes in every list',
      allowed: [
        ['me', 'a', 'b'],
        ['b', 'me']
      ],
      granted: ['me', 'b']
    },
    { name: 'asked: narrowed', asked: 'me users:write', allowed: [['me', 'users:read']], granted: ['me'] },
    { name: 'asked: in the order asked', asked: 'b a', allowed: [['a', 'b']], granted: ['b', 'a'] },
    {
      name: 'three lists',
      asked: 'a b c',
      allowed: [
        ['a', 'b'],
        ['b', 'c']
      ],
      granted: ['b']
    }
  ]
  for (const { name, asked, allowed, granted } of scenarios) t.strictSame(grantScope(asked, ...allowed), granted, name)
})

t.test('an empty grant is invalid_scope (RFC 6749 §5.2)', async t => {
  for (const [asked, ...allowed] of [
    ['users:write', ['me']],
    [undefined, ['me'], ['users:read']],
    [undefined, []],
    [undefined],
    ['me']
  ] as [string | undefined, ...string[][]][]) {
    if (asked === 'me' && allowed.length === 0) {
      t.strictSame(grantScope(asked), ['me'], 'no other party restricts it')
      continue
    }
    t.throws(() => grantScope(asked, ...allowed), {
      code: 'invalid_scope',
      status: 400,
      message: 'None of the requested scopes can be granted.'
    })
  }
})

t.test('the scopes an account may have fit into a token, and the token into a header (limit: 8 KiB)', async t => {
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
