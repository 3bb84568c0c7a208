import type { Test } from 'tap'
import type { Extensions } from '../../src/auth/extensions/extensions.ts'
import type { Config } from '../../src/config/config.ts'
import { createApp, postForm } from './app.ts'
import { startIdentityProvider } from './identity-provider.ts'
import { auditTrail } from './store.ts'

export const exchange = {
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token_type: 'urn:ietf:params:oauth:token-type:id_token'
}

/** An app whose only issuer runs in this process, and logins with its ID tokens. */
export async function createIdentityWorld(t: Test, settings: Partial<Config> = {}, extensions: Extensions = {}) {
  let now = () => new Date()
  const provider = await startIdentityProvider(t, () => now())
  const { app, clock, config } = await createApp(
    t,
    { identityProviders: [provider.setting], ...settings },
    {},
    extensions
  )
  now = clock.now
  let number = 0

  /** An ID token unlike all others. */
  const idToken = (claims: Record<string, unknown> = {}) => provider.idToken({ jti: String(++number), ...claims })

  /** The answer to an exchange of an ID token with these claims, or of `text`. */
  const exchangeFor = (claims: Record<string, unknown> | string = {}, form: Record<string, string> = {}, node = app) =>
    postForm(node, '/token', {
      ...exchange,
      subject_token: typeof claims === 'string' ? claims : idToken(claims),
      ...form
    })

  return {
    app,
    clock,
    config,
    provider,
    idToken,
    exchangeFor,

    /** The tokens of a login with these claims. */
    logInFrom: async (claims: Record<string, unknown> = {}, form: Record<string, string> = {}) =>
      (await exchangeFor(claims, form)).json() as { access_token: string; refresh_token: string; scope: string },

    /** The events with this action. */
    events: async (action: string) => (await auditTrail(t, config.databaseUrl)).filter(event => event.action === action)
  }
}
