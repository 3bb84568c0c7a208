import { Type } from '@sinclair/typebox'

/** Where the server listens and keeps its data, its secrets and its name. */
export const server = {
  host: Type.String({
    pattern: '^[\\w.:%-]+$',
    default: '127.0.0.1',
    description: 'Address to listen on',
    expected: 'an IP address or a host name'
  }),
  port: Type.Integer({ minimum: 0, maximum: 65535, default: 3000, description: 'Port to listen on' }),
  databaseUrl: Type.String({
    // Other programs use two slashes after `sqlite:`. Here they would name a file in the root folder.
    pattern: '^(sqlite:(?!//)\\S.*|postgres(ql)?://.+)$',
    default: 'sqlite:data/sallyport.db',
    description: '`sqlite:path`, `sqlite::memory:` or `postgres://user:password@host/database`',
    expected:
      'sqlite:path, sqlite::memory: or postgres://user:password@host/database, with special characters percent-encoded'
  }),
  migrationDatabaseUrl: Type.Optional(
    Type.String({
      pattern: '^postgres(ql)?://.+$',
      description: 'Address of PostgreSQL itself for migrations, if `DATABASE_URL` goes through a connection pooler',
      expected: 'postgres://user:password@host/database, with special characters percent-encoded'
    })
  ),
  secret: Type.String({
    minLength: 32,
    expected: '32 or more characters',
    description:
      'Encrypts the signing keys and signs refresh tokens, so it has to be random: `openssl rand -base64 32`. Created beside the SQLite file, required with PostgreSQL'
  }),
  secondSecret: Type.Optional(
    Type.String({
      minLength: 32,
      expected: '32 or more characters',
      description:
        'A second secret while `SECRET` changes: what was made with it is accepted, and nothing new is made with it'
    })
  ),
  issuer: Type.String({
    pattern: '^https?://[^?#\\s]*[^/?#\\s]$',
    description: 'Public URL of this server and `iss` of every token, without query, fragment or trailing slash',
    expected: 'an http or https URL without query, fragment, username or trailing slash'
  }),
  wellKnown: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'Folder of the files to serve below `/.well-known/`, read when a process starts: `security.txt`, which says how to report a vulnerability to you (RFC 9116), and `assetlinks.json` and `apple-app-site-association` of apps',
      expected: 'the path of a folder, relative to the working directory or absolute'
    })
  )
}
