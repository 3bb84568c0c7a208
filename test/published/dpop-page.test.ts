import t from 'tap'
import { makeAlice, runPage, serveCommand, skipPages } from '../support/page.ts'
import { skipWithout } from '../support/python.ts'

/** Sends the API of the page what the script of the page has, and what a thief has. */
const askApi = `
until curl -so /dev/null http://127.0.0.1:8000/; do sleep 0.1; done
sed '/^console.log/d; s/^const server/let server/' me.js > ask.js
cat >> ask.js <<'END'
server = 'http://127.0.0.1:8000'
let seen
globalThis.fetch = (fetch => (url, init) => fetch(url, (seen = init)))(fetch)
console.log(JSON.stringify(await send('GET', '/hello', { token })))
const { DPoP } = seen.headers
const plain = (await (await fetch('http://127.0.0.1:3000/token', { method: 'POST', body })).json()).access_token
const ask = async headers => {
  const { status, headers: answered } = await fetch(server + '/hello', { headers })
  return status + ' ' + (answered.get('WWW-Authenticate') ?? '')
}
console.log('bearer', await ask({ Authorization: 'Bearer ' + plain }))
const Authorization = 'DPoP ' + token
const stolen = {
  'as bearer': { Authorization: 'Bearer ' + token },
  'no proof': { Authorization },
  'another proof': { Authorization, DPoP: DPoP.slice(0, -4) + 'AAAA' },
  'no JWT': { Authorization, DPoP: 'x' },
  'proof of another URL': { Authorization, DPoP: await elsewhere() },
  'another token': { Authorization: 'DPoP ' + plain, DPoP },
  nothing: {}
}
async function elsewhere() {
  await send('GET', '/other', { token })
  return seen.headers.DPoP
}
for (const [name, headers] of Object.entries(stolen)) console.log(name, await ask(headers))
END
node ask.js
`

const start = 'python3 -m uvicorn api:app --port 8000 --log-level warning &'
const skip = skipPages || skipWithout('fastapi', 'uvicorn', 'jwt', 'cryptography')

t.test('the programs of the page about DPoP work as documented', { skip }, async t => {
  const [script, library, api, ...others] = await runPage(t, {
    path: 'docs/dpop.md',
    before: serveCommand + makeAlice,
    // The package is installed already.
    standIns: { 'npm install oauth4webapi': ':', [start]: `/usr/bin/${start}\n${askApi}` }
  })
  t.equal(script, 'DPoP alice\n')
  t.equal(library, 'dpop alice\n')
  const [own, bearer, ...stolen] = String(api).trimEnd().split('\n')
  t.equal(own, '{"hello":"alice"}')
  t.equal(bearer, 'bearer 200 ')
  const [asBearer, ofDpop] = ['Bearer error="invalid_token"', 'DPoP error="invalid_token", algs="ES256"']
  t.strictSame(stolen, [
    `as bearer 401 ${asBearer}`,
    ...['no proof', 'another proof', 'no JWT', 'proof of another URL', 'another token'].map(
      name => `${name} 401 ${ofDpop}`
    ),
    'nothing 401 Bearer, DPoP algs="ES256"'
  ])
  t.same(others, [])
})
