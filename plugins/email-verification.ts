import fp from 'fastify-plugin'
import { createEmailVerification, type EmailVerification } from '../src/auth/users/email-verification.ts'

// `app.emailVerification`: how an account's address is shown to be its owner's.
declare module 'fastify' {
  interface FastifyInstance {
    emailVerification: EmailVerification
  }
}

export default fp(
  async app => {
    app.decorate(
      'emailVerification',
      createEmailVerification({
        store: app.db.mail,
        users: app.db.users,
        tokens: app.oneTimeTokens,
        mail: app.mail,
        throttle: app.throttle,
        ...app.clock
      })
    )
  },
  { name: 'email-verification', dependencies: ['clock', 'db', 'throttle', 'one-time-tokens', 'mail'] }
)
