import fp from 'fastify-plugin'
import { Problem } from '../../src/errors.ts'

// Bodies of `application/json`, and no others. They are UTF-8 (RFC 8259 §8.1) and nothing else: bytes that are not would all
// become the same replacement character, and passwords that differ one and the same. An empty body is none, because some
// clients name the content type whatever they send.
export default fp(
  async app => {
    app.removeAllContentTypeParsers()
    const parse = app.getDefaultJsonParser('error', 'error')
    const utf8 = new TextDecoder('utf-8', { fatal: true })
    app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
      const [, charset = 'utf-8'] = /;\s*charset="?([^\s;"]+)/i.exec(String(request.headers['content-type'])) ?? []
      if (!/^utf-?8$/i.test(charset)) return void done(new Problem(415, 'Send JSON in UTF-8.'))
      if (body.length === 0) return void done(null, undefined)
      let text: string
      try {
        text = utf8.decode(body as Buffer)
      } catch {
        return void done(new Problem(400, 'The body is not UTF-8.'))
      }
      parse(request, text, done)
    })
  },
  { name: 'json' }
)
