import Fastify from 'fastify'
import sallyport from '../../src/index.ts'

// Two instances of Sallyport on the SQLite file of the first argument in one process, each in an app of its own. With
// `reload` as second argument, the first one is closed once the second one listens. Prints the URLs that are left.
const [path = '', mode = ''] = process.argv.slice(2)

async function start() {
  const app = Fastify()
  await app.register(sallyport, { databaseUrl: `sqlite:${path}`, issuer: 'https://auth.example.com', bcryptCost: 4 })
  return { app, url: await app.listen({ host: '127.0.0.1', port: 0 }) }
}

const first = await start()
const second = await start()
if (mode === 'reload') await first.app.close()
console.log(`ready ${mode === 'reload' ? second.url : `${first.url},${second.url}`}`)
