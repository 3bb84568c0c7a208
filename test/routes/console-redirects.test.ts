import t, { type Test } from 'tap'
import cors from '../../plugins/http/cors.ts'
import errors from '../../plugins/http/errors.ts'
import methods from '../../plugins/http/methods.ts'
import outage from '../../plugins/outage.ts'
import consoleRedirects from '../../routes/console-redirects.ts'
import { bareFastify } from '../support/plugins.ts'

async function createApp(t: Test, issuerPath = '', origins: string[] = []) {
  const { app } = bareFastify(t)
  await app.register(outage)
  await app.register(errors)
  await app.register(cors, { origins })
  await app.register(methods)
  await app.register(consoleRedirects, { issuerPath })
  app.refuseOtherMethods()
  return app
}

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

for (const issuerPath of ['', '/auth'])
  t.test(`a browser is sent to the console below the issuer's path ${issuerPath || '/'}`, async t => {
    const app = await createApp(t, issuerPath)
    for (const method of ['GET', 'HEAD'] as const)
      for (const url of ['/', '/console']) {
        const answer = await app.inject({ method, url, headers: browser })
        t.equal(answer.statusCode, 302, `${method} ${url}`)
        t.equal(answer.headers.location, `${issuerPath}/console/`, `${method} ${url}`)
      }
  })

t.test(
  'the change-password URL leads to the page of the console (A Well-Known URL for Changing Passwords)',
  async t => {
    const app = await createApp(t, '/auth')
    for (const method of ['GET', 'HEAD'] as const) {
      const answer = await app.inject({ method, url: '/.well-known/change-password' })
      t.equal(answer.statusCode, 302, method)
      t.equal(answer.headers.location, '/auth/console/account/password', method)
    }
  }
)

t.test('for other programs, / does not exist', async t => {
  const app = await createApp(t)
  for (const headers of [{}, { accept: '*/*' }, { accept: 'application/json' }]) {
    const answer = await app.inject({ url: '/', headers })
    t.equal(answer.statusCode, 404)
    t.match(answer.headers['content-type'], 'application/problem+json')
    t.strictSame(answer.json(), {
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'This URL does not exist.',
      instance: '/'
    })
  }
})

t.test('caches keep the answers at / apart by Accept (RFC 9110 §12.5.5)', async t => {
  const alone = await createApp(t)
  t.equal((await alone.inject('/')).headers.vary, 'Accept')
  const withCors = await createApp(t, '', ['https://app.example.com'])
  t.equal((await withCors.inject({ url: '/', headers: browser })).headers.vary, 'Origin, Accept')
})

t.test('a form that is posted to / is refused (RFC 9110 §15.5.6)', async t => {
  const app = await createApp(t)
  const answer = await app.inject({ method: 'POST', url: '/' })
  t.equal(answer.statusCode, 405)
  t.equal(answer.headers.allow, 'GET, HEAD')
})
