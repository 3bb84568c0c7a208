import { app } from '../bare-fastify/app.js'
import { answer } from './answer.js'

await answer(app)
