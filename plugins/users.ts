import fp from 'fastify-plugin'
import { createUsers, type Users } from '../src/auth/users.ts'

// `app.users`: accounts, with their rules.
declare module 'fastify' {
  interface FastifyInstance {
    users: Users
  }
}

export default fp(
  async app => {
    app.decorate(
      'users',
      createUsers({ store: app.db.users, passwords: app.passwords, throttle: app.throttle, ...app.clock })
    )
  },
  { name: 'users', dependencies: ['clock', 'db', 'passwords', 'throttle'] }
)
