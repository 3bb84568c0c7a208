import type { FastifyReply, FastifyRequest } from 'fastify'
import { namesTag } from './entity-tags.ts'

/**
 * The payload of a document with `etag`, a strong one: null, and the status 304, if the client has it (RFC 9110
 * §13.1.2). For a HEAD, the payload stays, because without it Fastify cannot say its length.
 */
export function unlessKnown<T>({ method, headers }: FastifyRequest, reply: FastifyReply, etag: string, payload: T) {
  if (!namesTag(headers['if-none-match'] ?? '', etag)) return payload
  reply.code(304).removeHeader('Content-Type').removeHeader('Content-Encoding')
  return method === 'HEAD' ? payload : null
}
