import fp from 'fastify-plugin'
import type { Config } from '../src/config/config.ts'
import { createTexts, type Texts } from '../src/texts/texts.ts'

// `app.texts`: the texts of messages and HTML pages, in each language.
declare module 'fastify' {
  interface FastifyInstance {
    texts: Texts
  }
}

export default fp<{ config: Config }>(
  async (app, { config }) => void app.decorate('texts', createTexts(config.texts)),
  {
    name: 'texts'
  }
)
