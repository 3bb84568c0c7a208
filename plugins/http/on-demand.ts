import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import fp from 'fastify-plugin'
import { unlessKnown } from '../../src/base/http/known-document.ts'

// `app.onDemand(urls, load)`: answers GET requests for `urls` from memory, with the files of `load`, by path. They are
// loaded, hashed and compressed once, at the first of these requests, because most processes never show such pages. All
// answers share their bytes, so that a client that reads nothing costs no memory. Returns a function after which the
// next request loads the files again.
declare module 'fastify' {
  interface FastifyInstance {
    onDemand(urls: string[], load: () => Promise<Map<string, File>>): () => void
  }
}

export interface File {
  type: string
  body: string | Buffer
  /** The body in other codings; by default gzip, unless it is small. */
  coded?: Partial<Record<Coding, Buffer>>
  cacheControl?: string | undefined
}

/** The codings that a file may have, the best first, and what Accept-Encoding has for each (RFC 9110 §12.5.3). */
const codings = { br: acceptOf('br'), gzip: acceptOf('gzip') }
type Coding = keyof typeof codings

export default fp(
  async app => {
    app.decorate('onDemand', function (this: FastifyInstance, urls, load) {
      let loaded: ReturnType<typeof prepareAll> | undefined
      for (const url of urls) {
        const route: RouteShorthandOptions = { schema: { hide: true }, onSend }
        this.get<{ Params: { '*': string } }>(url, route, async (request, reply) => {
          loaded ??= prepareAll(load).catch(error => {
            // The next request tries again.
            loaded = undefined
            throw error
          })
          const answer = (await loaded).get(url.replace('*', () => request.params['*']))
          return answer ? answer(request, reply) : reply.callNotFound()
        })
      }
      return () => {
        loaded = undefined
      }
    })
  },
  { name: 'on-demand' }
)

async function prepareAll(load: () => Promise<Map<string, File>>) {
  const answers = new Map<string, Awaited<ReturnType<typeof prepare>>>()
  // One after the other, because passwords are hashed in the same threads.
  for (const [path, file] of await load()) answers.set(path, await prepare(file))
  return answers
}

const compress = promisify(zlib.gzip)
/** The bytes of a packet: a body that is smaller would not arrive sooner. */
const packet = 1400

/** Returns a function that answers with `file`. */
async function prepare({ type, body, coded, cacheControl }: File) {
  const plain = Buffer.from(body)
  const bodies = coded ?? (plain.length > packet ? { gzip: await compress(plain, { level: 9 }) } : {})
  const digest = hash('sha256', plain, 'base64url')
  const headers = {
    'Content-Type': type,
    ...(Object.keys(bodies).length > 0 && { Vary: 'Accept-Encoding' }),
    ...(cacheControl !== undefined && { 'Cache-Control': cacheControl })
  }
  return (request: FastifyRequest, reply: FastifyReply) => {
    const accepted = request.headers['accept-encoding'] ?? ''
    const coding = (Object.keys(codings) as Coding[]).find(name => bodies[name] && codings[name].test(accepted))
    reply.headers(headers).header('ETag', `"${[digest, coding].filter(Boolean).join('.')}"`)
    if (!coding) return reply.send(plain)
    return reply.header('Content-Encoding', coding).send(bodies[coding])
  }
}

const onSend = async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
  const etag = reply.getHeader('ETag')
  return typeof etag === 'string' ? unlessKnown(request, reply, etag, payload) : payload
}

/** Finds `coding` without the weight 0. */
function acceptOf(coding: string) {
  return RegExp(`(?:^|,)\\s*${coding}\\s*(?:$|,|;\\s*q=(?:1|0?\\.0*[1-9]))`, 'i')
}
