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
  limits: list(
    'Limits an hour other than `registration=300` (from one address prefix), `login=300` (right passwords, passkeys and ID tokens of one account) and `refresh=600` (of one login, in each process); further requests get 429',
    'registration=N, login=N or refresh=N with N from 1 to 1000000',
    '^(registration|login|refresh)=([1-9]\\d{0,5}|1000000)$'
  ),
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
