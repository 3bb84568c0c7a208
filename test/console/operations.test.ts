import t from 'tap'
import { createOperations } from '../../console/src/operations.ts'

/** The operations of a server that answers with `body`, and the requests that it gets. */
function withServer(body: string | null, status = 200) {
  const requests: Request[] = []
  const api = createOperations('https://example.com/auth', async request => {
    requests.push(request)
    return new Response(body, { status })
  })
  return { api, requests }
}

t.test('The path, the query, the headers and the body are those of the parameters', async t => {
  const { api, requests } = withServer('{"id":"1"}')
  const { data } = await api.PATCH('/users/{id}', {
    params: { path: { id: 'a/../b?c#d' }, header: { 'If-Match': '"1"' } },
    body: { disabled: true }
  })
  t.match(data, { id: '1' })
  await api.GET('/users', { params: { query: { q: 'a&b=ü', limit: 2, disabled: false } } })
  const stop = new AbortController()
  await api.GET('/users', { params: { query: {} }, signal: stop.signal })
  stop.abort()
  t.equal(requests[2]?.signal.aborted, true)
  const [patch, get, all] = requests
  t.equal(patch?.method, 'PATCH')
  t.equal(patch?.url, 'https://example.com/auth/users/a%2F..%2Fb%3Fc%23d')
  t.equal(patch?.headers.get('if-match'), '"1"')
  t.equal(patch?.headers.get('content-type'), 'application/json')
  t.equal(await patch?.text(), '{"disabled":true}')
  t.equal(get?.url, 'https://example.com/auth/users?q=a%26b%3D%C3%BC&limit=2&disabled=false')
  t.equal(get?.headers.get('content-type'), null)
  t.equal(all?.url, 'https://example.com/auth/users')
})

t.test('An answer may be empty, and an error anything', async t => {
  t.equal((await withServer(null, 204).api.DELETE('/users/me/sessions')).data, undefined)
  t.match(await withServer('{"detail":"No."}', 403).api.GET('/users'), { error: { detail: 'No.' }, data: undefined })
  t.match(await withServer('<html>', 502).api.GET('/users'), { error: {}, response: { status: 502 } })
})
