import type { onRequestAsyncHookHandler, onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'

// `app.recentLogin`, `app.twoFactorLogin` and `app.administration`: hooks after `app.authenticate`, for dangerous
// operations.
declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Refuses a user whose login is more than ten minutes old, or had one factor though the account has a second:
     * `onRequest: [app.authenticate('users:write'), app.recentLogin]`. Admits a client that acts for itself.
     */
    recentLogin: onRequestHookHandler
    /** The same for a change by an administrator, which it also counts: 36,000 an hour in each process. */
    administration: onRequestAsyncHookHandler
    /** Refuses only the login with one factor; for operations that take the current password. */
    twoFactorLogin: onRequestHookHandler
  }
}

export default fp(
  async app => {
    const { reauthentication, throttle } = app
    app.decorate('recentLogin', (request, _reply, done) => {
      reauthentication.assertRecent(request.caller)
      done()
    })
    app.decorate('administration', async ({ caller }) => {
      reauthentication.assertRecent(caller)
      await throttle.take('trusted', ['administrator', caller.claims.sub])
    })
    app.decorate('twoFactorLogin', (request, _reply, done) => {
      reauthentication.assertTwoFactors(request.caller)
      done()
    })
  },
  { name: 'recent-login', dependencies: ['services', 'jwt'] }
)
