import { makeAlice, type PageRow, serveCommand } from '../../support/page.ts'

/** An issuer at http://localhost:9000, in place of Google: `/token/SUB` answers an ID token of an account there. */
const issuer = `
cat > issuer.js <<'END'
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

const issuer = 'http://localhost:9000'
const { publicKey, privateKey } = await generateKeyPair('ES256')
const answers = {
  '/.well-known/openid-configuration': { issuer, jwks_uri: \`\${issuer}/keys\` },
  '/keys': { keys: [{ ...(await exportJWK(publicKey)), kid: '1', alg: 'ES256' }] }
}
const idToken = sub =>
  new SignJWT({ sub, nonce: 'n-0S6_WzA2Mj', email: \`\${sub}@example.com\`, email_verified: true, jti: crypto.randomUUID() })
    .setProtectedHeader({ alg: 'ES256', kid: '1' }).setIssuer(issuer).setAudience('app').setIssuedAt().setExpirationTime('1h')
    .sign(privateKey)
createServer(async ({ url }, answer) => {
  answer.setHeader('content-type', 'application/json')
  answer.end(url.startsWith('/token/') ? await idToken(url.slice(7)) : JSON.stringify(answers[url]))
}).listen(9000)
END
node issuer.js &
id_token() { curl -s http://localhost:9000/token/$1; }
until id_token bob > id-token.txt; do sleep 0.1; done
export IDENTITY_PROVIDERS='http://localhost:9000 app'
NONCE=n-0S6_WzA2Mj
`

/** The access token of alice, who links an account elsewhere. */
const logInAlice = `
ACCESS_TOKEN=$(curl -s http://127.0.0.1:3000/token -d grant_type=password -d username=alice \\
  --data-urlencode 'password=correct horse battery staple' | node -p 'JSON.parse(fs.readFileSync(0)).access_token')
`

const exchange = `curl -s http://127.0.0.1:3000/token \\
  -d grant_type=urn:ietf:params:oauth:grant-type:token-exchange`

export const pages: PageRow[] = [
  {
    path: 'docs/identity-providers.md',
    before: issuer + serveCommand + makeAlice + logInAlice,
    standIns: {
      // The settings of the page, which are in .env, have to be accepted.
      'npx sallyport clients create app': 'env -u IDENTITY_PROVIDERS npx sallyport clients create app',
      [exchange]: `ID_TOKEN=$(id_token bob)\n${exchange} \\\n  -d client_id=$(npx sallyport clients show app --json | node -p 'JSON.parse(fs.readFileSync(0)).client_id')`,
      'curl -s http://127.0.0.1:3000/users/me/identities -H "Authorization: Bearer $ACCESS_TOKEN" \\':
        'ID_TOKEN=$(id_token carol)\ncurl -s http://127.0.0.1:3000/users/me/identities -H "Authorization: Bearer $ACCESS_TOKEN" \\',
      'curl -s -X DELETE':
        'test "$(curl -s http://127.0.0.1:3000/users/me/identities -H "Authorization: Bearer $ACCESS_TOKEN" | grep -c "$ID")" = 1\ncurl -s -X DELETE'
    },
    prints: [
      /^client_id +c_/,
      /^{"access_token":.*"issued_token_type":"urn:ietf:params:oauth:token-type:access_token"/,
      /^{"items":\[{"id":.*"issuer":"http:\/\/localhost:9000","subject":"carol","email":"carol@example\.com"/,
      /^$/
    ]
  }
]
