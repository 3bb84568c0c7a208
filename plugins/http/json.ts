import fp from 'fastify-plugin'
import { Problem } from '../../src/errors.ts'

// Accepts only `application/json` bodies in UTF-8 (RFC 8259 §8.1). Other bytes would all become the same replacement
// character, so that different passwords would become equal. An empty body counts as no body, because some clients
// always send the content type.
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
        return void done(new Problem(400, 'The body is not valid UTF-8.'))
      }
      parse(request, text, done)
    })
  },
  { name: 'json' }
)
