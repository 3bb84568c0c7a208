import { basic } from '../../test/support/app.ts'
import { encode, hmac, signedByStranger, strangersJwk } from '../../test/support/forgeries.ts'
import { everyScope } from '../../test/support/metadata.ts'
import { type Attempt, claimsOf } from './attacker.ts'
import { issuer, orders, type World } from './world.ts'

const aim = 'a scope'
const privileged = everyScope.filter(scope => scope !== 'me')

/** Forged tokens, made from `valid`, a token of mallory, and from the token that root has sent to the API. */
function forgedTokens({ key, received, ids }: World, valid: string): string[] {
  const { kid, publicPem } = key
  const claims = { ...claimsOf(valid), scope: `me ${privileged.join(' ')}` }
  const asRoot = { ...claimsOf(received.root), aud: issuer, scope: claims.scope }
  const [head, body, signature] = valid.split('.') as [string, string, string]
  const [rootHead, rootBody, rootSignature] = received.root.split('.') as [string, string, string]
  const unsigned = (header: object) => `${encode(header)}.${encode(asRoot)}.`
  return [claims, asRoot, { ...claims, sub: ids.root }]
    .flatMap(made => [
      `${encode({ alg: 'none', typ: 'at+jwt', kid })}.${encode(made)}.`,
      `${encode({ alg: 'none', typ: 'at+jwt', kid })}.${encode(made)}.${signature}`,
      hmac(made, kid, publicPem),
      hmac(made, kid, publicPem.trim()),
      hmac(made, '', ''),
      hmac(made, '../../../dev/null', ''),
      ...[kid, 'own', '', "' OR 1=1 --", '../../etc/passwd', '%00', '\0', '__proto__', 'constructor'].map(name =>
        signedByStranger(made, { kid: name, jwk: strangersJwk })
      ),
      signedByStranger(made, { kid: [kid] }),
      signedByStranger(made, { kid, jku: 'http://127.0.0.1:1/jwks.json', x5u: 'http://127.0.0.1:1/x' }),
      `${head}.${encode(made)}.${signature}`,
      `${head}.${encode(made)}.${rootSignature}`,
      `${head}.${encode(made)}.${Buffer.alloc(64).toString('base64url')}`,
      `${head}.${encode(made)}.`,
      `${encode({ alg: 'ES256', typ: 'at+jwt', kid, crit: ['exp'] })}.${encode(made)}.${signature}`
    ])
    .concat([
      `${head}.${rootBody}.${signature}`,
      `${rootHead}.${body}.${rootSignature}`,
      `${encode({ alg: 'ES256', typ: 'JWT', kid })}.${rootBody}.${rootSignature}`,
      `${received.root}.${signature}`,
      `${received.root.slice(0, -2)}`,
      unsigned({ alg: 'NONE', typ: 'at+jwt' }),
      unsigned({ alg: '', typ: 'at+jwt' }),
      unsigned({ typ: 'at+jwt' })
    ])
}

/** Attempts to get a scope that only administrators have. */
export const scopeAttempts: Attempt[] = [
  {
    aim,
    name: 'pose as the client of an API without its secret',
    run: ({ ask, many, world, random }) =>
      many(80, 8, () =>
        ask('/token', {
          form: { grant_type: 'client_credentials', scope: 'orders:read' },
          headers: basic(world.api.id, `a secret ${random.below(1e9)}`)
        })
      )
  },
  {
    aim,
    name: 'invent and splice access tokens',
    async run({ ask, logIn, many, world, stranger }) {
      const { access_token } = await logIn()
      const forged = forgedTokens(world, access_token)
      const paths = ['/users/me', '/users', '/audit', '/verify', `/verify?resource=${orders}`]
      await many(forged.length, 8, async index => {
        const token = String(forged[index])
        for (const path of paths) await ask(path, { token, expect: [400, 401] })
        await ask('/introspect', { form: { token: access_token }, token, from: stranger(), expect: [400, 401] })
      })
    }
  }
]
