import { join } from 'node:path'
import t from 'tap'
import { codeBlocks } from '../../test/support/readme-commands.ts'
import { makeAlice, runPage, serveCommand, skipPages } from '../support/page.ts'
import { skipWithout } from '../support/python.ts'

const root = join(import.meta.dirname, '../..')
const page = 'docs/roles-and-tenants.md'
const path = join(root, page)

/**
 * The programs that the page assumes. `as NAME CLAIMS` logs a new account in, `ask` prints the status of a request and
 * its challenge, and `put ID` is one that only an editor of the tenant may send.
 */
const before = `
${serveCommand}
${makeAlice}
python3() { /usr/bin/python3 "$@"; }
export PYTHONDONTWRITEBYTECODE=1
cp ${join(root, 'examples/fastapi-items/access_tokens.py')} .
as() {
  printf 'correct horse battery staple' | npx sallyport users create $1 --password-stdin > account.txt
  npx sallyport users update $1 --claims "$2" > account.txt
  TOKEN=$(curl -s http://127.0.0.1:3000/token -d grant_type=password -d username=$1 \\
    --data-urlencode 'password=correct horse battery staple' | node -p 'JSON.parse(fs.readFileSync(0)).access_token')
}
ask() { curl -s -o /dev/null -w '%{http_code} %header{www-authenticate}\\n' -H "Authorization: Bearer $TOKEN" "$@"; }
put() { ask -X PUT $API/articles/$1 --json '{"title": "Stolen"}'; }
`

const change = `curl -s -X PUT $API/articles/1 -H "Authorization: Bearer $TOKEN" --json '{"title": "Rockets"}'`

/** Articles of another tenant, tenants that only the request names, and accounts that lack something. */
const attacks = `
echo
put 2
curl -s "$API/articles?tenant=globex" -H "Authorization: Bearer $TOKEN" -H 'X-Tenant: globex'
echo
as bob '{"roles": ["reader"], "tenant": "acme"}'; put 1
as carol '{"roles": ["editor"], "tenant": "globex"}'; put 1
as dora '{"groups": ["editor"], "tenant": "acme"}'; put 1
as emil '{"roles": ["editor"], "tenant": ["acme"]}'; put 1; ask $API/articles
TOKEN=$(node -p 'require("./tokens.json").access_token')
`

/** A token of an embedded app may have text in place of the array. */
const textAsRoles = `
python3 - <<'END'
from fastapi import HTTPException
from main import require_role
for claims in ({"roles": "editor"}, {"roles": {"editor": True}}, {"roles": None}, {}):
    try:
        require_role("edit" if claims else "editor").dependency(claims)
        print("admitted")
    except HTTPException as error:
        print(error.status_code)
require_role("editor").dependency({"roles": ["reader", "editor"]})
END
`

const apis = [
  {
    name: 'Fastify',
    start: 'node api.js &',
    more: '',
    needsEditor:
      'Bearer realm="sallyport", error="insufficient_scope", error_description="This request needs the role editor."',
    refusal: '"message":"This request needs the role editor."}'
  },
  {
    name: 'FastAPI',
    start: `${textAsRoles}python3 -m uvicorn main:app --port 8000 --log-level warning &`,
    more: '403\n403\n403\n403\n',
    needsEditor: 'Bearer error="insufficient_scope"',
    refusal: '{"detail":"This request needs the role editor."}'
  }
]

// Each API has its own network and folder.
t.jobs = 2

for (const { name, start, more, needsEditor, refusal } of apis) {
  const skip = skipPages || skipWithout('fastapi', 'uvicorn', 'jwt', 'cryptography')
  t.test(`The API on ${name} admits only editors, and only to their tenant`, { skip, buffered: true }, async t => {
    const [command = '', program = '', used, changed = '', ...others] = await runPage(t, {
      path: page,
      before,
      standIns: {
        'node api.js & # or: python3 -m uvicorn main:app --port 8000': start,
        // So that the program does all that the command did.
        'npx sallyport clients create':
          'npx sallyport users update alice --claims null > account.txt\nnpx sallyport clients create',
        [change]: `${change}\n${attacks}`,
        'curl -s http://127.0.0.1:3000/token -d grant_type=refresh_token':
          'put 1\ncurl -s http://127.0.0.1:3000/token -d grant_type=refresh_token'
      }
    })
    const claims = '{"roles":["editor"],"tenant":"acme"}'
    t.match(command, `Claims of alice: ${claims}\n`)
    t.match(program, `"claims":${claims},`)
    const rockets = '{"id":1,"tenant":"acme","title":"Rockets"}'
    t.equal(
      used,
      [
        `${more}[{"id":1,"tenant":"acme","title":"Anvils"}]${rockets}`,
        '404 ',
        `[${rockets}]`,
        `403 ${needsEditor}`,
        '404 ',
        `403 ${needsEditor}`,
        '403 ',
        '403 ',
        ''
      ].join('\n')
    )
    t.match(changed, /^Claims of alice: \{"tenant":"acme"\}\n/)
    t.match(changed, '\n200 \n', 'the token from before')
    t.ok(changed.endsWith(refusal), changed)
    t.strictSame(others, [])
  })
}

t.test('The sample for several tenants accepts only those of the token', async t => {
  const [sample = ''] = codeBlocks(path, 'js').filter(code => !code.startsWith('// '))
  const tenantOf = new Function(`${sample}\nreturn tenantOf`)()
  const of = (tenants: unknown, tenant: string) =>
    tenantOf({ accessToken: { claims: { tenants } }, params: { tenant } })
  for (const tenant of ['acme', 'globex']) t.equal(of(['acme', 'globex'], tenant), tenant)
  for (const tenants of [['acme'], 'globex', { globex: [] }, undefined, []])
    t.throws(() => of(tenants, 'globex'), { message: 'There is no such tenant.' })
})
