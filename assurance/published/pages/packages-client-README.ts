import { makeAlice, type PageRow, serveCommand } from '../../support/page.ts'

/** Gives alice an authenticator app and recovery codes. */
const enrolAlice = `
curl -s http://127.0.0.1:3000/token -d grant_type=password -d username=alice \\
  --data-urlencode 'password=correct horse battery staple' > tokens.json
AUTHORIZATION="Authorization: Bearer $(node -p 'require("./tokens.json").access_token')"
curl -s http://127.0.0.1:3000/users/me/factors -H "$AUTHORIZATION" --json '{"type": "totp"}' > factor.json
CODE=$(oathtool --totp --base32 "$(node -p 'require("./factor.json").secret')")
curl -s "http://127.0.0.1:3000/users/me/factors/$(node -p 'require("./factor.json").id')/confirm" -H "$AUTHORIZATION" \\
  --json "{\\"code\\": \\"$CODE\\"}" > recovery.json
`

export const pages: PageRow[] = [
  {
    path: 'packages/client/README.md',
    before: serveCommand + makeAlice,
    fromClone: true,
    standIns: {
      // The question comes some time after the start, and a line before it is lost.
      'node second-factor.js': `${enrolAlice}CODE=$(node -p 'require("./recovery.json").recovery_codes[0]')
{ trap '' PIPE; while echo "$CODE" 2> /dev/null; do sleep 1; done; true; } | node second-factor.js`
    },
    prints: [
      /^added 1 package in /m,
      /^Nobody is signed in\ninvalid_grant 400 The username or the password is wrong\.\nHello alice\nalice\nNobody is signed in\n$/,
      /^200\n$/
    ]
  }
]
