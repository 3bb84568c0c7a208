import assert from 'node:assert/strict'
import { presentedClient } from '../../../src/auth/clients/presented-client.ts'
import { OAuthError } from '../../../src/base/errors.ts'

// The reader of client credentials in an Authorization header, compared with one that takes the steps of RFC 7617 §2
// and RFC 6749 Appendix B by WHATWG's decoder: for the text, for the text after the scheme, and for encoded text. Then
// a header as a client writes it.

export function fuzz(data: Buffer) {
  for (const text of [data.toString('latin1'), `Basic ${data.toString('latin1')}`, basic(data)]) {
    const read = accepted(text)
    // An empty id and secret count as none.
    if (!read || read.id === undefined) continue
    assert.match(text, /^basic /i)
    const [id = '', ...secret] = Buffer.from(text.slice(6), 'base64').toString().split(':')
    assert.deepEqual(read, { id: formDecoded(id), secret: formDecoded(secret.join(':')) })
  }
  const [id = '', ...rest] = data.toString().split(':')
  const secret = rest.join(':')
  if (id === '' && secret === '') return
  const pair = [id, secret].map(part => new URLSearchParams({ '': part }).toString().slice(1)).join(':')
  assert.deepEqual(accepted(basic(Buffer.from(pair))), { id, secret })
}

const basic = (pair: Buffer) => `Basic ${pair.toString('base64')}`

const formDecoded = (text: string) => new URLSearchParams(`=${text.replaceAll('&', '%26')}`).get('')

function accepted(authorization: string) {
  try {
    return presentedClient({ authorization })
  } catch (error) {
    assert.ok(error instanceof OAuthError && error.code === 'invalid_client', String(error))
    return undefined
  }
}
