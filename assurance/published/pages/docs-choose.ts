import { makeAlice, type PageRow, serveCommand } from '../../support/page.ts'

const makeToken = `
curl -s http://127.0.0.1:3000/token -d grant_type=password -d username=alice \\
  --data-urlencode 'password=correct horse battery staple' > tokens.json
TOKEN=$(node -p 'require("./tokens.json").access_token')
`

export const pages: PageRow[] = [
  {
    path: 'docs/choose.md',
    before: serveCommand + makeAlice + makeToken,
    prints: [/^{"iss":"http:\/\/127\.0\.0\.1:3000","aud":"http:\/\/127\.0\.0\.1:3000","sub":.*}\n$/]
  }
]
