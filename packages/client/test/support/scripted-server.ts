import { createClient } from '../../src/index.ts'

const server = 'https://auth.example.com'

/** The options for a passkey in `challengeWith`. */
export const options = { challenge: 'AAAA', rpId: 'example.com', userVerification: 'required' }

/** The question of the server for a proof, with options for a passkey. */
export const challengeWith = (
  authSession: string,
  status = 403,
  { passkey = options, ...more }: { passkey?: object | undefined; passkey_unknown?: boolean; factors?: string[] } = {}
) =>
  Response.json(
    {
      error: 'insufficient_authorization',
      auth_session: authSession,
      factors: ['password', 'passkey'],
      passkey,
      ...more
    },
    { status }
  )

/** The answer with an authorization code. */
export const authorized = () => Response.json({ authorization_code: 'code' })

/** The answer with an access token with this content, and a signature that the client does not check. */
export const tokensOf = (username: string) => {
  const claims = Buffer.from(JSON.stringify({ preferred_username: username })).toString('base64url')
  return Response.json({ access_token: `h.${claims}.s`, expires_in: 600, refresh_token: 'r', scope: 'me' })
}

/** A client of a server that gives these answers, one after the other, and the requests that it was sent. */
export function createScripted(...given: Response[]) {
  const forms: Record<string, string>[] = []
  const bodies: unknown[] = []
  async function fetch(input: unknown, init: RequestInit = {}) {
    const { pathname } = new URL(String(input))
    const body = String(init.body)
    if (body.startsWith('{')) bodies.push({ pathname, ...JSON.parse(body) })
    else forms.push({ pathname, ...Object.fromEntries(new URLSearchParams(body)) })
    return given.shift() ?? Response.error()
  }
  return { forms, bodies, client: createClient({ url: server, fetch: fetch as typeof globalThis.fetch, dpop: false }) }
}
