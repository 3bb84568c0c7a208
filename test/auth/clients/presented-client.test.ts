import t from 'tap'
import { type ClientCredentials, presentedClient } from '../../../src/auth/clients/presented-client.ts'
import { basic } from '../../support/app.ts'

/** The error that `call` throws. */
function caught(call: () => unknown) {
  try {
    return call()
  } catch (error) {
    return error
  }
}

const header = (text: string, scheme = 'Basic') => `${scheme} ${Buffer.from(text).toString('base64')}`

t.test('client credentials come in the header, in the form, or not at all (RFC 6749 §2.3.1)', async t => {
  const scenarios: { name: string; given: ClientCredentials; id: string | undefined; secret: string }[] = [
    { name: 'nothing', given: {}, id: undefined, secret: '' },
    { name: 'id alone', given: { client_id: 'c_1' }, id: 'c_1', secret: '' },
    { name: 'form', given: { client_id: 'c_1', client_secret: 's' }, id: 'c_1', secret: 's' },
    { name: 'secret without id', given: { client_secret: 's' }, id: undefined, secret: 's' },
    { name: 'header', given: { authorization: header('c_1:s') }, id: 'c_1', secret: 's' },
    { name: 'scheme in any case', given: { authorization: header('c_1:s', 'bAsIc') }, id: 'c_1', secret: 's' },
    { name: 'blanks around', given: { authorization: `Basic   ${btoa('c_1:s')}  ` }, id: 'c_1', secret: 's' },
    {
      name: 'header and the same id',
      given: { client_id: 'c_1', authorization: header('c_1:s') },
      id: 'c_1',
      secret: 's'
    },
    { name: 'a colon in the secret', given: { authorization: header('c_1:a:b') }, id: 'c_1', secret: 'a:b' },
    { name: 'form-encoded', given: basic('a:b +c', 'ü&=%'), id: 'a:b +c', secret: 'ü&=%' },
    { name: 'no secret', given: { authorization: header('c_1:') }, id: 'c_1', secret: '' },
    { name: 'no id', given: { authorization: header(':s') }, id: '', secret: 's' },
    { name: "Swagger UI's blank fields", given: { authorization: 'Basic Og==' }, id: undefined, secret: '' },
    {
      name: "Swagger UI's blank fields beside a form",
      given: { authorization: 'Basic Og==', client_id: 'c_1', client_secret: 's' },
      id: 'c_1',
      secret: 's'
    }
  ]
  for (const { name, given, id, secret } of scenarios) t.strictSame(presentedClient(given), { id, secret }, name)
})

t.test('refuses credentials that come in two ways or are not HTTP Basic (RFC 6749 §2.3, §5.2)', async t => {
  const invalidClient = (message: string) => ({
    name: 'OAuthError',
    code: 'invalid_client',
    status: 401,
    headers: { 'WWW-Authenticate': 'Basic realm="sallyport", charset="UTF-8"' },
    message
  })
  const notBasic = invalidClient(
    'The Authorization header must be HTTP Basic with a client id and a secret; omit it for the built-in client.'
  )
  const scenarios: { name: string; given: ClientCredentials; refusal: Record<string, unknown> }[] = [
    {
      name: 'header and secret',
      given: { client_secret: 's', authorization: header('c_1:s') },
      refusal: {
        code: 'invalid_request',
        status: 400,
        message: 'Authenticate the client in the Authorization header or in the form, not in both.'
      }
    },
    {
      name: 'header and another id',
      given: { client_id: 'c_2', authorization: header('c_1:s') },
      refusal: {
        code: 'invalid_request',
        status: 400,
        message: 'client_id does not match the Authorization header.'
      }
    },
    { name: 'no colon', given: { authorization: header('c_1') }, refusal: notBasic },
    { name: 'Bearer', given: { authorization: 'Bearer abc' }, refusal: notBasic },
    { name: 'nothing after Basic', given: { authorization: 'Basic ' }, refusal: notBasic },
    { name: 'no Base64', given: { authorization: 'Basic c_1:s' }, refusal: notBasic },
    { name: 'empty', given: { authorization: '' }, refusal: notBasic },
    {
      name: 'no percent-encoding',
      given: { authorization: header('c_1:100%') },
      refusal: invalidClient('The client id and secret must be form-encoded before Base64.')
    }
  ]
  for (const { name, given, refusal } of scenarios)
    t.match(
      caught(() => presentedClient(given)),
      refusal,
      name
    )
})
