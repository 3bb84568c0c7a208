import fp from 'fastify-plugin'
import { createUsers, type Users } from '../src/auth/users.ts'
import type { Config } from '../src/config.ts'

// `app.users`: accounts, with their rules.
declare module 'fastify' {
  interface FastifyInstance {
    users: Users
  }
}

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { passwords, throttle, extensions } = app
    app.decorate('users', createUsers({ store: app.db.users, config, passwords, throttle, extensions, ...app.clock }))
  },
  { name: 'users', dependencies: ['clock', 'db', 'extensions', 'passwords', 'throttle'] }
)
