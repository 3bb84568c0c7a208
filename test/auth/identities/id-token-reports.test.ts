import t from 'tap'
import { createApp, metricOf, withMetrics } from '../../support/app.ts'
import { createClock } from '../../support/clocks.ts'
import { startIdentityProvider } from '../../support/identity-provider.ts'

t.test('A service without IDENTITY_PROVIDERS knows no issuer, and asks none', async t => {
  const { app } = await createApp(t)
  const provider = await startIdentityProvider(t)
  await t.rejects(app.idTokens.verify(provider.idToken(), undefined), {
    message: 'The iss of the ID token is not an issuer that is configured here.'
  })
  t.strictSame(provider.fetches, { configuration: 0, jwks: 0 })
})

t.test('Attempts to fetch keys are counted, and the log has the reason of a failure once', async t => {
  const lines: string[] = []
  const logger = { stream: { write: (line: string) => lines.push(line) } }
  const provider = await startIdentityProvider(t, createClock().now)
  const settings = { identityProviders: [provider.setting], logLevel: 'warn' as const, ...withMetrics }
  const { app, clock } = await createApp(t, settings, { logger })
  provider.state.isDown = true
  for (let attempt = 0; attempt < 3; attempt++)
    await t.rejects(app.idTokens.verify(provider.idToken(), undefined), {
      code: 'temporarily_unavailable',
      cause: undefined
    })
  clock.advance(1)
  provider.state.isDown = false
  await app.idTokens.verify(provider.idToken(), undefined)
  const counted = await metricOf(app, 'sallyport_issuer_key_fetches_total')
  for (const outcome of ['failed', 'fetched']) t.match(counted, `issuer="${provider.issuer}",outcome="${outcome}"} 1`)
  t.match(
    lines.map(line => JSON.parse(line)),
    [
      {
        level: 50,
        issuer: provider.issuer,
        msg: 'failed to fetch the keys of an issuer of ID tokens',
        err: { message: `${provider.issuer}/.well-known/openid-configuration responded with status 503.` }
      }
    ]
  )
})
