import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import Fastify from 'fastify'

const { SALLYPORT = 'http://127.0.0.1:3000', GOOGLE_CLIENT_ID, APPLE_CLIENT_ID, PAGE_PORT = '5173' } = process.env

const app = Fastify()
const clientFolder = dirname(fileURLToPath(import.meta.resolve('sallyport/client')))

// The page, and the client that it imports.
await app.register(fastifyStatic, { root: join(import.meta.dirname, 'page') })
await app.register(fastifyStatic, {
  root: clientFolder,
  prefix: '/sallyport/',
  decorateReply: false
})

app.get('/settings', async () => ({ sallyport: SALLYPORT, google: GOOGLE_CLIENT_ID, apple: APPLE_CLIENT_ID }))

app.addHook('onSend', async (_request, reply) => {
  // Google's script needs the origin of a page on http://localhost.
  reply.header('Referrer-Policy', 'no-referrer-when-downgrade')
})

await app.listen({ host: 'localhost', port: Number(PAGE_PORT) })
