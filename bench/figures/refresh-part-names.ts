/** The parts of a refresh, and the functions that begin each, as source and name. */
export const parts = [
  { key: 'idle', what: 'nothing to do: waits for the sync, or for the load', begins: /\(idle\)$/ },
  { key: 'gc', what: 'the garbage collector', begins: /\(garbage collector\)$/ },
  { key: 'native', what: 'outside of JavaScript: sockets are read, HTTP is parsed', begins: /\(program\)$/ },
  {
    key: 'sync',
    what: 'the sync is started, and ends',
    begins: /sync-wal\.ts|group-commit\.ts resolveOnDisk|node:fs fdatasync/
  },
  {
    key: 'commit',
    what: 'BEGIN, COMMIT, and the list of those that wait',
    begins: /group-commit\.ts|methods\/transaction\.js|engine\/sqlite\.ts (together|transact|write)$/
  },
  {
    key: 'read',
    what: 'the session, the user and the client are read, from the cache if nothing else has written',
    begins: /rows-by-id\.ts|version-cache\.ts|session-reads\.ts|prepared-later\.ts|engine\/sqlite\.ts version$/
  },
  { key: 'update', what: 'the guarded update', begins: /session-refreshes\.ts|engine\/sqlite\.ts/ },
  {
    key: 'hmac',
    what: 'the HMAC of the refresh token',
    begins: /tokens\/refresh-tokens\.ts|keys\/sealing\.ts|keys\/secrets\.ts/
  },
  {
    key: 'sign',
    what: 'the access token is made and signed',
    begins: /sign-jwt\.ts|access-tokens\.ts|internal\/crypto\/sig /
  },
  {
    key: 'validate',
    what: 'the form is validated',
    begins: /fastify\/lib\/validation\.js|http\/validation\.ts|schema-problems\.ts/
  },
  { key: 'form', what: 'the form is parsed', begins: /http\/form\.ts|@fastify\/formbody|content-type-parser\.js/ },
  {
    key: 'serialize',
    what: 'the response is serialized',
    begins: /fast-json-stringify|http\/serialization\.ts|reply\.js (serialize|preSerialize)/
  },
  { key: 'socket', what: 'the response is written to the socket', begins: /node:net |stream_base_commons / },
  {
    key: 'answer',
    what: 'status and headers of the response',
    begins: /_http_outgoing |_http_server (writeHead|resOnFinish|assignSocket|detachSocket)|reply\.js|http\/headers\.ts/
  },
  { key: 'request', what: 'the request object and its headers', begins: /node:_http_/ },
  { key: 'rules', what: 'the rules: client, scope, limits, times', begins: /^(src|plugins|routes)\// },
  { key: 'fastify', what: 'Fastify: route, hooks and logger', begins: /node_modules\// },
  { key: 'rest', what: 'the event loop, timers and promises', begins: /^\s\(root\)$/ }
] as const

export type PartKey = (typeof parts)[number]['key']
