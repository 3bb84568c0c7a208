import t from 'tap'
import { createApp, postForm } from './support/app.ts'

t.test('Every response with a body names its type and, for text, its charset (ASVS 4.1.1)', async t => {
  const { app } = await createApp(t, { docs: 'on' })
  for (const [url, type] of [
    ['/livez', 'application/json; charset=utf-8'],
    ['/openapi.json', 'application/json; charset=utf-8'],
    ['/.well-known/jwks.json', 'application/json; charset=utf-8'],
    ['/nothing', 'application/problem+json; charset=utf-8'],
    ['/users/me', 'application/problem+json; charset=utf-8'],
    ['/verify-email', 'text/html; charset=utf-8'],
    ['/docs', 'text/html; charset=utf-8'],
    ['/docs/static/index.css', 'text/css; charset=utf-8'],
    ['/docs/static/swagger-initializer.js', 'application/javascript; charset=utf-8'],
    ['/docs/static/favicon-32x32.png', 'image/png']
  ] as const)
    t.equal((await app.inject(url)).headers['content-type'], type, url)
  t.equal((await postForm(app, '/token', {})).headers['content-type'], 'application/json; charset=utf-8')
})

t.test('TRACE, and methods that no URL has, are refused and repeat no header (ASVS 13.4.4)', async t => {
  const { app } = await createApp(t, { docs: 'on' })
  for (const method of ['TRACE', 'PROPFIND'] as const) {
    const answer = await app.inject({
      method: method as 'GET',
      url: '/livez',
      headers: { authorization: 'Bearer x.y.z' }
    })
    t.equal(answer.statusCode, 405, method)
    t.notMatch(answer.body, 'x.y.z', method)
  }
})
