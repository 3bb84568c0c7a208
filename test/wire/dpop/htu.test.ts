import t from 'tap'
import { pathOfTarget, sameUrl } from '../../../src/wire/dpop/htu.ts'

const url = 'https://auth.example.com/users/me'

t.test('An htu is compared after normalization (RFC 9449 §4.3 check 9, RFC 3986 §6.2.2 and §6.2.3)', async t => {
  for (const htu of [
    url,
    'https://auth.example.com:443/users/me',
    'https://auth.example.com:/users/me',
    'HTTPS://AUTH.Example.COM/users/me',
    'https://auth.example.com/%75sers/me',
    'https://auth.example.com/./users/x/../me',
    'https://auth.example.com/users/%6D%65'
  ])
    t.ok(sameUrl(htu, url), htu)
  t.ok(sameUrl('https://a.example/x%2Fy', 'https://a.example/x%2fy'), 'the case of an encoded character')
  t.ok(sameUrl('https://a.example/~x', 'https://a.example/%7Ex'), 'either may have encoded more than it has to')
  t.ok(sameUrl('http://[0:0::1]/x', 'http://[::1]/x'))
  t.ok(sameUrl('http://localhost:80/x', 'http://localhost/x'))
  t.ok(sameUrl(url, `${url}?all=true#top`), 'without the query and the fragment of the request (§4.2)')
})

t.test('An htu with a query or a fragment, or of another URL, is not that of the request (RFC 9449 §4.2)', async t => {
  const hosts = ['.', '.evil.example', '@evil.example', ':8443', ':99999'].map(end => `auth.example.com${end}`)
  const origins = [...hosts, 'auth.example.org', 'evil@auth.example.com'].map(host => `https://${host}/users/me`)
  const ends = ['?', '#', '?all=true', '/', '//', '%3F', '\0'].map(end => url + end)
  const paths = ['Me', '\nme', '..'].map(name => `https://auth.example.com/users/${name}`)
  for (const htu of [
    ...[undefined, null, 1, [url], { href: url }, '', '/users/me', '//auth.example.com/users/me'],
    ...[...origins, ...ends, ...paths, `http${url.slice(5)}`, 'http://auth.example.com:443/users/me', ` ${url}`],
    ...['auth.example.com/users/me', 'https:\\\\auth.example.com\\users\\me', 'https://auth.example.com/üsers/me'],
    ...['https://auth.example.com/users', 'https://auth.example.com/users%2Fme']
  ])
    t.notOk(sameUrl(htu, url), JSON.stringify(htu))
  t.notOk(sameUrl('https://a.example/x%2Fy', 'https://a.example/x/y'), 'an encoded slash is not a slash')
})

t.test('A path that a router does not resolve needs an htu with the same text', async t => {
  const orders = 'https://api.example.com/orders'
  for (const path of ['/files/../orders', '/files/%2e%2e/orders', '/files/.%2E/orders', '/./orders', '/x/../orders?a'])
    t.notOk(sameUrl(orders, `https://api.example.com${path}`), path)
  for (const path of ['/files\\..\\orders', '/a/..\\orders', '/or\tders', '/orders '])
    t.notOk(sameUrl(orders, `https://api.example.com${path}`), path)
  t.ok(sameUrl(`${orders}/..`, `${orders}/..`))
  t.ok(sameUrl('https://api.example.com/%7Eorders/a..b', 'https://api.example.com/~orders/a..b'), 'no dot segment')
})

t.test('A request target is a path or a whole URL (RFC 9112 §3.2)', async t => {
  for (const [target, path] of [
    ['/users/me?all', '/users/me?all'],
    ['http://auth.example.com/users/me', '/users/me'],
    ['http://auth.example.com', '/'],
    ['http://auth.example.com?all', '/?all'],
    ['//evil.example/x', '//evil.example/x'],
    ['*', '/*'],
    ['', '/']
  ] as const)
    t.equal(pathOfTarget(target), path, target)
  t.notOk(
    sameUrl('http://auth.example.cohttp://x/users/me', `http://auth.example.co${pathOfTarget('http://x/users/me')}`)
  )
})
