import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Administrator } from '../src/auth/users/administrator.ts'
import { type Administration, createAdministration } from '../src/auth/users/user-admin.ts'

// `app.administration`: accounts for those who administer them; `request.administrator()`: who it is, with which scopes.
declare module 'fastify' {
  interface FastifyInstance {
    administration: Administration
  }
  interface FastifyRequest {
    /** The user of the access token, or its client where that acts for itself. */
    administrator(): Administrator
  }
}

export default fp(
  async app => {
    const { db, users, sessions, passwords, mail } = app
    app.decorate(
      'administration',
      createAdministration({
        store: db.administration,
        accounts: db.users,
        users,
        sessions,
        passwords,
        mail,
        ...app.clock
      })
    )
    app.decorateRequest('administrator', function administrator(this: FastifyRequest) {
      const { user, session, scopes } = this.caller
      return { actor: user?.id ?? session.clientId, scopes, ip: this.ip }
    })
  },
  { name: 'administration', dependencies: ['clock', 'db', 'passwords', 'mail', 'users', 'sessions', 'jwt'] }
)
