import { test } from 'tap'
import { checkIdentityProvider } from '../../src/doctor/identity-provider.ts'
import { freePort } from '../support/free-port.ts'
import { startIdentityProvider } from '../support/identity-provider.ts'

test('The metadata and the keys of an issuer are read once', async t => {
  const { issuer, fetches } = await startIdentityProvider(t)
  t.same(await checkIdentityProvider(issuer, fetch), {
    check: 'identity-provider',
    level: 'ok',
    text: `The keys of ${issuer} can be read.`
  })
  t.same(fetches, { configuration: 1, jwks: 1 })
})

test('An issuer that is down, has no keys or calls itself otherwise is a warning with the reason', async t => {
  const { issuer, state } = await startIdentityProvider(t)
  const reason = async (of = issuer) => {
    const { level, text } = await checkIdentityProvider(of, fetch)
    t.equal(level, 'warning')
    return new RegExp(
      `^The keys of ${of} cannot be read: (.*)\\. Until they can, its ID tokens are refused with 503\\.$`
    ).exec(text)?.[1]
  }
  const metadata = `${issuer}/.well-known/openid-configuration`
  t.equal(await reason(`${issuer}/`), `${metadata} names the issuer "${issuer}" instead of ${issuer}/`)
  for (const jwks of [{ keys: [] }, {}]) {
    state.jwks = jwks
    t.equal(await reason(), `${issuer}/keys has no keys`)
  }
  state.jwks = { keys: [], padding: 'x'.repeat(300_000) }
  t.equal(await reason(), 'The answer has more than 262144 bytes')
  state.isDown = true
  t.equal(await reason(), `${metadata} responded with status 503`)
  t.match(await reason(`http://127.0.0.1:${await freePort()}`), /^connect ECONNREFUSED/)
})
