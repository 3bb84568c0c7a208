import { join } from 'node:path'
import t from 'tap'
import { makeAlice, runPage, serveCommand, skipPages } from '../support/page.ts'
import { skipWithout } from '../support/python.ts'
import { codeBlocks } from '../support/readme-commands.ts'

const page = 'docs/roles-and-tenants.md'
const root = join(import.meta.dirname, '../..')

/** `access_tokens.py` of the page that this one refers to. */
const [accessTokens = ''] = codeBlocks(join(root, 'docs/moving-from-fastapi.md'), 'python').filter(code =>
  code.startsWith('# access_tokens.py')
)

/** `as NAME CLAIMS` logs a new account in and sets `TOKEN`; `ask` prints the status of a request and its challenge. */
const before = `
${serveCommand}
${makeAlice}
python3() { /usr/bin/python3 "$@"; }
export PYTHONDONTWRITEBYTECODE=1
cat > access_tokens.py <<'END'
${accessTokens}
END
as() {
  printf 'correct horse battery staple' | npx sallyport users create $1 --password-stdin > account.txt
  npx sallyport users set-claims $1 "$2" > account.txt
  TOKEN=$(curl -s http://127.0.0.1:3000/token -d grant_type=password -d username=$1 \\
    --data-urlencode 'password=correct horse battery staple' | node -p 'JSON.parse(fs.readFileSync(0)).access_token')
}
ask() { curl -s -o /dev/null -w '\\n%{http_code} %header{www-authenticate}' -H "Authorization: Bearer $TOKEN" "$@"; }
put() { ask -X PUT $API/articles/$1 --json '{"title": "Stolen"}'; }
`

const change = `curl -s -X PUT $API/articles/1 -H "Authorization: Bearer $TOKEN" --json '{"title": "Rockets"}'`
const refresh = 'curl -s http://127.0.0.1:3000/token -d grant_type=refresh_token'

/** After the commands of the page: other articles, other tenants, and accounts that lack something. */
const attacks = `
ask $API/articles/2
put 2
echo
curl -s "$API/articles?tenant=globex" -H "Authorization: Bearer $TOKEN" -H 'X-Tenant: globex'
as bob '{"roles": ["reader"], "tenant": "acme"}'; put 1
as carol '{"roles": ["editor"], "tenant": "globex"}'; put 1
as dora '{"roles": ["editor"]}'; put 1; ask $API/articles
as emil '{"groups": ["editor"], "tenant": ["acme"]}'; put 1; ask $API/articles
unset TOKEN; ask $API/articles
TOKEN=$(node -p 'require("./tokens.json").access_token')
`

for (const [name, start, needsEditor] of [
  [
    'Fastify',
    'node api.js &',
    'Bearer realm="sallyport", error="insufficient_scope", error_description="This request needs the role editor."'
  ],
  ['FastAPI', 'python3 -m uvicorn main:app --port 8000 --log-level warning &', 'Bearer error="insufficient_scope"']
] as const) {
  const skip = skipPages || skipWithout('fastapi', 'uvicorn', 'jwt', 'cryptography')
  t.test(`the API on ${name} keeps roles and tenants apart, as the page says`, { skip }, async t => {
    const [command, patch, tried, changed, ...others] = await runPage(t, {
      path: page,
      before,
      standIns: {
        'node api.js & # or: python3 -m uvicorn main:app --port 8000': start,
        [change]: `${change}\n${attacks}`,
        [refresh]: `put 1\n${refresh}`
      }
    })
    console.log({ command, patch, tried, changed, others, needsEditor })
  })
}
