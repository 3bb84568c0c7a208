import { decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose'
import { signingAlgs } from '../../src/auth/keys/jwk.ts'
import { decision, must, type Standard, should } from './scenarios.ts'
import { assertBearerRefused } from './world.ts'

export const rfc8725: Standard = {
  name: 'RFC 8725',
  title: 'JSON Web Token Best Current Practices',
  table: 'rfc8725',
  scenarios: [
    ...signingAlgs.map((signingAlg): Standard['scenarios'][number] =>
      must(
        '§3.2',
        `with SIGNING_ALG ${signingAlg} every token is signed with it and verifies through the published keys`,
        { settings: { signingAlg } },
        async ({ tokens, me, config, clock, remoteKeys }, t) => {
          const { access_token } = await tokens()
          t.equal(decodeProtectedHeader(access_token).alg, signingAlg)
          const { payload } = await jwtVerify(access_token, remoteKeys(`${config.issuer}/.well-known/jwks.json`), {
            algorithms: [signingAlg],
            issuer: config.issuer,
            audience: config.audience,
            typ: 'at+jwt',
            currentDate: clock.now()
          })
          t.same(payload, decodeJwt(access_token))
          t.equal((await me(access_token)).status, 200)
        }
      )
    ),
    must(
      '§3.5',
      'no token is signed with a secret that could be guessed: the setting SECRET signs no token',
      async ({ tokens, me, config }, t) => {
        const { access_token } = await tokens()
        const header = { ...decodeProtectedHeader(access_token), alg: 'HS256' }
        const forged = new SignJWT(decodeJwt(access_token)).setProtectedHeader(header)
        assertBearerRefused(t, await me(await forged.sign(Buffer.from(config.secret))), 'invalid_token')
      }
    ),
    decision(
      '§3.10',
      'unknown kids cause at most one look-up per second, so forged kids put no load on the database',
      { alone: true },
      async ({ app, clock, mint, me, tokens }, t) => {
        const claims = decodeJwt((await tokens()).access_token)
        const { published } = app.db.keys
        let lookups = 0
        app.db.keys.published = (...given) => {
          lookups += 1
          return published(...given)
        }
        clock.advance(2)
        for (const kid of ['a', 'b', 'c', 'd']) {
          assertBearerRefused(t, await me(await mint(claims, { kid })), 'invalid_token')
        }
        t.equal(lookups, 1)
        clock.advance(1)
        await me(await mint(claims, { kid: 'e' }))
        t.equal(lookups, 2)
      }
    ),
    should('§3.11', 'tokens carry an explicit type', async ({ tokens }, t) => {
      t.equal(decodeProtectedHeader((await tokens()).access_token).typ, 'at+jwt')
    })
  ],
  notApplicable: [
    {
      section: '§3.4, §3.6',
      requirement: 'validation of ECDH-ES inputs, no compression before encryption',
      why: 'Tokens are signed and not encrypted; encrypted tokens are refused like any other text.'
    }
  ],
  readings: [
    {
      section: '§3.1',
      question: 'Is only the algorithm of the settings allowed, or every supported one?',
      choice:
        'All three, so that tokens of the old key stay valid after SIGNING_ALG changes. Each key verifies only its algorithm.'
    }
  ]
}
