import { Type } from '@sinclair/typebox'
import { list, scopeToken } from './kinds.ts'

/** Who may register, log in and call the API, and how often. */
export const access = {
  registration: Type.Union([Type.Literal('open'), Type.Literal('closed')], {
    default: 'open',
    description: 'Whether anyone may register with `POST /users`'
  }),
  console: Type.Union([Type.Literal('on'), Type.Literal('off')], {
    default: 'on',
    description: 'Whether the server has the web console at `/console/`'
  }),
  docs: Type.Union([Type.Literal('on'), Type.Literal('off')], {
    default: 'on',
    description: 'Whether the server describes its API at `/docs` and `/openapi.json`'
  }),
  setupLink: Type.Union([Type.Literal('terminal'), Type.Literal('log')], {
    default: 'terminal',
    description:
      'Where the server shows the setup link when it starts without accounts: `terminal` prints it if the output is a terminal; `log` also writes it to a log that is not a terminal, at level `info`'
  }),
  scopes: list(
    'Scopes of your APIs to list in the metadata and on `/docs`; others can be granted too',
    scopeToken.words,
    scopeToken.pattern
  ),
  defaultScopes: list(
    'Scopes of a new account, also of one that a stranger registers',
    scopeToken.words,
    scopeToken.pattern,
    ['me']
  ),
  accountDataSchema: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'File with a JSON Schema (2020-12 or draft-07) for `data` of accounts, read when a process starts; while a slow `pattern` in it runs, the process serves nobody else',
      expected: 'the path of a file, relative to the working directory or absolute'
    })
  ),
  registrationLimit: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 300,
    description:
      'Registrations per hour from one address prefix (IPv4 /24, IPv6 /64); ten times as many from all prefixes that have registered in the last hour, and ten times as many from all others; further ones get 429'
  }),
  loginLimit: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 300,
    description:
      'Right passwords, passkeys and ID tokens per hour for one account, from all address prefixes together; further ones get 429'
  }),
  refreshLimit: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 600,
    description:
      'Refreshes per hour of one login in each process, and ends of all others by it; further ones get 429, and lose nothing'
  }),
  identityProviders: list(
    'Issuers whose ID tokens log in to an account here, each with the client ids that its tokens may be for, such as `https://accounts.google.com 123.apps.googleusercontent.com`',
    'an https URL (http only for localhost) and one client id or more, separated by spaces'
  ),
  firstPartyClient: Type.Union([Type.Literal('on'), Type.Literal('off')], {
    default: 'on',
    description: 'Whether `/token` accepts requests that name no client'
  }),
  trustProxy: list('Proxies whose X-Forwarded-For is trusted', 'an IP address or a CIDR range such as 10.0.0.0/8'),
  corsOrigins: list(
    'Origins whose web pages may call the API',
    'an origin such as https://app.example.com, or *',
    '^(https?://[^/\\s]+|\\*)$'
  )
}
