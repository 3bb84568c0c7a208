import Fastify from 'fastify'
import sallyport from '../../../dist/src/index.js'
import { answer } from './answer.js'

const { DATABASE_URL, ISSUER, SECRET } = process.env
const app = Fastify()
await app.register(sallyport, { databaseUrl: DATABASE_URL, issuer: ISSUER, secret: SECRET })
await answer(app)
