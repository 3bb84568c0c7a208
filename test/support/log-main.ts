import Fastify from 'fastify'
import { loggerOptions } from '../../src/logging/logging.ts'

// Logs one line and one request, in the format for a terminal if the argument is `terminal`.
const isTerminal = process.argv[2] === 'terminal'
const app = Fastify({ logger: loggerOptions({ logLevel: 'info' }, { isTerminal }) })
app.get('/users/me', async () => 'me')
app.log.info({ password: 'hunter2', req: { method: 'GET', url: '/users/me?a=b', ip: '192.0.2.7' } }, 'hello')
await app.inject('/users/me?access_token=hunter2')
