import fp from 'fastify-plugin'
import { createPasswordReset, type PasswordReset } from '../src/auth/users/password-reset.ts'

// `app.passwordReset`: a new password for whoever has forgotten theirs.
declare module 'fastify' {
  interface FastifyInstance {
    passwordReset: PasswordReset
  }
}

export default fp(
  async app => {
    app.decorate(
      'passwordReset',
      createPasswordReset({
        store: app.db.mail,
        accounts: app.db.users,
        users: app.users,
        tokens: app.oneTimeTokens,
        mail: app.mail,
        throttle: app.throttle,
        trail: app.clock.trail
      })
    )
  },
  { name: 'password-reset', dependencies: ['clock', 'db', 'throttle', 'one-time-tokens', 'mail', 'users'] }
)
