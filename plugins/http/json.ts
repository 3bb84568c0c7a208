import type { FastifyBodyParser } from 'fastify'
import fp from 'fastify-plugin'
import { Problem } from '../../src/base/errors.ts'
import { assertNames, bodyTypes } from '../../src/base/strict-json.ts'

// Accepts only JSON bodies in UTF-8 (RFC 8259 §8.1), as merge patches (RFC 7396) where `consumes` in the schema of the
// route names that type. Other bytes would all become the same replacement character, so that different passwords would
// become equal. An empty body counts as no body, because some clients always send the content type. No object may have a
// name twice.
export default fp(
  async app => {
    app.removeAllContentTypeParsers()
    const parse = app.getDefaultJsonParser('ignore', 'ignore')
    const utf8 = new TextDecoder('utf-8', { fatal: true })
    const read: FastifyBodyParser<Buffer> = (request, body, done) => {
      const [, charset = 'utf-8'] = /;\s*charset="?([^\s;"]+)/i.exec(String(request.headers['content-type'])) ?? []
      if (!/^utf-?8$/i.test(charset)) return void done(new Problem('unsupported_media_type', 'Send JSON in UTF-8.'))
      if (body.length === 0) return void done(null, undefined)
      let text: string
      try {
        text = utf8.decode(body)
      } catch {
        return void done(new Problem('invalid_request', 'The body is not valid UTF-8.'))
      }
      parse(request, text, (error, value) => {
        if (error) return void done(error)
        try {
          assertNames(text)
          done(null, value)
        } catch (problem) {
          done(problem as Problem)
        }
      })
    }
    app.addContentTypeParser('application/json', { parseAs: 'buffer' }, read)
    app.addContentTypeParser(mergePatch, { parseAs: 'buffer' }, (request, body: Buffer, done) => {
      if (bodyTypes(request.routeOptions.schema).includes(mergePatch)) return read(request, body, done)
      done(new Problem('unsupported_media_type', 'Send the body as application/json.'))
    })
  },
  { name: 'json' }
)

const mergePatch = 'application/merge-patch+json'
