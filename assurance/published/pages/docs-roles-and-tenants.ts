import { makeAlice, type PageRow, serveCommand } from '../../support/page.ts'

/** `as NAME CLAIMS` logs a new account in, and `put ID` prints the status of a request that only an editor may send. */
const others = `
as() {
  printf 'correct horse battery staple' | npx sallyport users create $1 --password-stdin > account.txt
  npx sallyport users update $1 --claims "$2" > account.txt
  TOKEN=$(curl -s http://127.0.0.1:3000/token -d grant_type=password -d username=$1 \\
    --data-urlencode 'password=correct horse battery staple' | node -p 'JSON.parse(fs.readFileSync(0)).access_token')
}
ask() { curl -s -o /dev/null -w '%{http_code}\\n' -H "Authorization: Bearer $TOKEN" "$@"; }
put() { ask -X PUT $API/articles/$1 --json '{"title": "Stolen"}'; }
`

const change = `curl -s -X PUT $API/articles/1 -H "Authorization: Bearer $TOKEN" --json '{"title": "Rockets"}'`

/** An article of another tenant, a tenant that only the request names, and accounts that lack something. */
const refused = `
echo
put 2
curl -s "$API/articles?tenant=globex" -H "Authorization: Bearer $TOKEN" -H 'X-Tenant: globex'
echo
as bob '{"roles": ["reader"], "tenant": "acme"}'; put 1
as carol '{"roles": ["editor"], "tenant": "globex"}'; put 1
as dora '{"groups": ["editor"], "tenant": "acme"}'; put 1
as emil '{"roles": ["editor"], "tenant": ["acme"]}'; put 1; ask $API/articles
`

const refresh = 'curl -s http://127.0.0.1:3000/token -d grant_type=refresh_token'
const acme = '"tenant":"acme","title":'

export const pages: PageRow[] = [
  {
    path: 'docs/roles-and-tenants.md',
    before: serveCommand + makeAlice + others,
    standIns: {
      [change]: change + refused,
      // The token from before the change still has the role.
      [refresh]: `TOKEN=$(node -p 'require("./tokens.json").access_token'); put 1\n${refresh}`
    },
    prints: [
      /^Claims of alice: {"roles":\["editor"\],"tenant":"acme"}\n/,
      (t, output) =>
        t.strictSame(output.split('\n'), [
          `[{"id":1,${acme}"Anvils"}]{"id":1,${acme}"Rockets"}`,
          '404',
          `[{"id":1,${acme}"Rockets"}]`,
          ...['403', '404', '403', '403', '403'],
          ''
        ]),
      /^Claims of alice: {"tenant":"acme"}\n[\s\S]*\n200\n.*"message":"This request needs the role editor\."}$/
    ]
  }
]
