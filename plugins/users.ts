import fp from 'fastify-plugin'
import { createUsers, type Users } from '../src/auth/users/users.ts'
import type { Config } from '../src/config/config.ts'

// `app.users`: accounts, with their rules.
declare module 'fastify' {
  interface FastifyInstance {
    users: Users
  }
}

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { passwords, throttle, mail, extensions } = app
    const deps = { store: app.db.users, config, passwords, throttle, mail, extensions }
    app.decorate('users', createUsers({ ...deps, ...app.clock }))
  },
  { name: 'users', dependencies: ['clock', 'db', 'extensions', 'mail', 'passwords', 'throttle'] }
)
