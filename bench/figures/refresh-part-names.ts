import type { ProfilePart } from '../profile.ts'

interface Part extends ProfilePart {
  what: string
}

/** The parts of a refresh, roughly in their order. If a function begins two, the later one counts. */
export const parts = [
  { key: 'native', what: 'outside of JavaScript: sockets are read, HTTP is parsed', begins: /\(program\)$/ },
  { key: 'request', what: 'the request and its headers', begins: /node:_http_(common|incoming|server) / },
  { key: 'fastify', what: 'Fastify: route, hooks and logger', begins: /node_modules\/|^plugins\/http\// },
  { key: 'form', what: 'the form is parsed', begins: /content-type-parser\.js|@fastify\/formbody|http\/form\.ts/ },
  { key: 'validate', what: 'the form is validated', begins: /fastify\/lib\/validation\.js|http\/validation\.ts/ },
  { key: 'rules', what: 'the rules: client, scope, limits', begins: /^(src|routes|plugins\/(?!http\/))/ },
  { key: 'hmac', what: 'the HMACs of both refresh tokens', begins: /refresh-tokens\.ts|sealing\.ts|secrets\.ts/ },
  {
    key: 'read',
    what: 'session, user and client are read, from the cache',
    begins: /rows-by-id\.ts|version-cache\.ts|session-reads\.ts|prepared-later\.ts|engine\/sqlite\.ts version$/
  },
  { key: 'update', what: 'the guarded update', begins: /session-refreshes\.ts|engine\/sqlite\.ts (?!version$)/ },
  {
    key: 'commit',
    what: 'the commit, which several refreshes share',
    begins: /group-commit\.ts|methods\/transaction\.js|engine\/sqlite\.ts (together|write)$/
  },
  { key: 'sync', what: 'the sync is started, and ends', begins: /sync-wal\.ts|group-commit\.ts resolveOnDisk/ },
  { key: 'idle', what: 'nothing to do: waits for the sync, or for the load', begins: /\(idle\)$/ },
  { key: 'sign', what: 'the access token is made and signed', begins: /access-tokens\.ts|sign-jwt\.ts/ },
  {
    key: 'serialize',
    what: 'the response is serialized',
    begins: /fast-json-stringify|http\/serialization\.ts|reply\.js (serialize|preSerialize)/
  },
  {
    key: 'answer',
    what: 'status and headers of the response',
    begins: /node:_http_outgoing |_http_server (writeHead|resOnFinish)|reply\.js (?!serialize|preS)|http\/headers\.ts/
  },
  { key: 'socket', what: 'the socket is written', begins: /node:net |stream_base_commons / },
  { key: 'gc', what: 'the garbage collector', begins: /\(garbage collector\)$/ },
  { key: 'rest', what: 'the event loop, timers and promises', begins: /\(root\)$/ }
] as const satisfies Part[]

export type PartKey = (typeof parts)[number]['key']
