import t from 'tap'
import { createApp, postForm } from '../../support/app.ts'

t.test('Introspection with a malformed header is invalid_request with a challenge (RFC 6750 §3.1)', async t => {
  const { app } = await createApp(t)
  const answer = await postForm(app, '/introspect', { token: 'x' }, { authorization: 'Bearer a b' })
  t.equal(answer.statusCode, 400)
  t.equal(answer.json().error, 'invalid_request')
  t.match(answer.headers['www-authenticate'], /^Bearer realm="sallyport", error="invalid_request"/)
})
