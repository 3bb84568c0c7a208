import t from 'tap'
import { type ClientCredentials, presentedClient } from '../../../src/auth/clients/presented-client.ts'
import { basic } from '../../support/app.ts'

const header = (text: string, scheme = 'Basic') => ({ authorization: `${scheme} ${btoa(text)}` })

// Each way is also a scenario of RFC 6749 §2.3 in test/conformance.
t.test('Client credentials come in the header, in the form, or not at all (RFC 6749 §2.3.1)', async t => {
  for (const [given, id, secret] of [
    [{}, undefined, ''],
    [{ client_id: 'c_1' }, 'c_1', ''],
    [{ client_secret: 's' }, undefined, 's'],
    [header('c_1:s', 'bAsIc'), 'c_1', 's'],
    [{ authorization: `Basic   ${btoa('c_1:s')}  ` }, 'c_1', 's'],
    [{ client_id: 'c_1', ...header('c_1:a:b') }, 'c_1', 'a:b'],
    [basic('a:b +c', 'ü&=%'), 'a:b +c', 'ü&=%'],
    [header('c_1:'), 'c_1', ''],
    [header(':s'), '', 's'],
    [{ ...header(':'), client_id: 'c_1', client_secret: 's' }, 'c_1', 's']
  ] as const)
    t.strictSame(presentedClient(given), { id, secret }, JSON.stringify(given))
})

t.test('Credentials that come in two ways or are not HTTP Basic are refused (RFC 6749 §2.3, §5.2)', async t => {
  const invalidClient = (message: string) => ({
    ...{ name: 'OAuthError', code: 'invalid_client', status: 401, message },
    headers: { 'WWW-Authenticate': 'Basic realm="sallyport", charset="UTF-8"' }
  })
  const invalidRequest = (message: string) => ({ code: 'invalid_request', status: 400, message })
  const notBasic = invalidClient(
    'The Authorization header must be HTTP Basic with a client id and a secret; omit it for the built-in client.'
  )
  const inBoth = 'Authenticate the client in the Authorization header or in the form, not in both.'
  const refused: [ClientCredentials, { code: string; status: number; message: string }][] = [
    [{ client_secret: 's', ...header('c_1:s') }, invalidRequest(inBoth)],
    [{ client_id: 'c_2', ...header('c_1:s') }, invalidRequest('client_id does not match the Authorization header.')],
    [header('c_1:100%'), invalidClient('The client id and secret must be form-encoded before Base64.')],
    [header('c_1'), notBasic],
    ...['Bearer abc', 'Basic ', 'Basic c_1:s', ''].map(
      authorization => [{ authorization }, notBasic] as [object, typeof notBasic]
    )
  ]
  for (const [given, refusal] of refused) t.throws(() => presentedClient(given), refusal, JSON.stringify(given))
})
