import assert from 'node:assert/strict'
import formbody from '@fastify/formbody'
import type { FastifyInstance } from 'fastify'
import { parseForm } from '../../../plugins/http/form.ts'
import { OAuthError } from '../../../src/base/errors.ts'

// The form parsers of the OAuth endpoints and of the HTML pages, compared with WHATWG's URLSearchParams.

type Parser = (
  request: unknown,
  body: string,
  done: (error: null, form: Record<string, string | string[]>) => void
) => void
let parsePage: Parser | undefined
const app = { addContentTypeParser: (_type: string, _options: unknown, parser: Parser) => (parsePage = parser) }
formbody(app as unknown as FastifyInstance, {}, () => {})

export function fuzz(data: Buffer) {
  const text = data.toString()
  // The constructor drops a question mark at the beginning.
  const pairs = [...new URLSearchParams(`&${text}`)]
  const form = accepted(text)
  if (form) {
    assert.equal(Object.getPrototypeOf(form), null)
    const given = pairs.filter(([, value]) => value !== '')
    assert.deepEqual(Object.entries(form).sort(), given.sort())
    assert.deepEqual({ ...accepted(new URLSearchParams(form).toString()) }, { ...form })
  }
  parsePage?.(undefined, text, (_error, page) => {
    const values = Object.values(page).flat()
    assert.ok(Object.getPrototypeOf(Object.getPrototypeOf(page) ?? Object.create(null)) === null)
    assert.ok(values.length <= text.split('&').length && values.join('').length <= text.length)
    if (form) assert.deepEqual(values.filter(value => value !== '').sort(), Object.values(form).sort())
  })
}

function accepted(text: string) {
  try {
    return parseForm(text)
  } catch (error) {
    assert.ok(error instanceof OAuthError && /^invalid_(request|target)$/.test(error.code), String(error))
    return undefined
  }
}
