import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { FastifyInstance } from 'fastify'
import { decodeJwt } from 'jose'
import t, { type Test } from 'tap'
import { bearer, createUser, logIn, password, postForm } from '../../test/support/app.ts'
import { createProofSigner, proofClaims } from '../../test/support/dpop.ts'
import { forge } from '../../test/support/forgeries.ts'
import { startServer } from '../../test/support/server.ts'
import { skipWithoutProgram } from '../support/debian.ts'
import { go } from '../support/page.ts'
import { runPython, skipWithout } from '../support/python.ts'

// The modules that docs/apis.md copies refuse what its last list rules out. The runner of pages runs the page itself.

const examples = join(import.meta.dirname, '../../examples')
const apiUrl = 'http://127.0.0.1:4000'

/** A listening Sallyport, a valid token, and invalid ones. */
async function startIssuer(t: Test) {
  const { app, url } = await startServer(t)
  const alice = await createUser(app, 'alice')
  const { access_token } = await logIn(app)
  const forged = await forge(app, decodeJwt(access_token), new Date())
  return { alice, url, access_token, forged, ...(await boundRequests(app, url)) }
}

/** The headers of a request with a bound token and its proof, and of those that a thief or a wrong client sends. */
async function boundRequests(app: FastifyInstance, issuer: string) {
  const [signer, other] = [createProofSigner(), createProofSigner()]
  const form = { grant_type: 'password', username: 'alice', password }
  const login = async (dpop: Record<string, string>) =>
    (await postForm(app, '/token', form, dpop)).json().access_token as string
  const token = await login({ dpop: signer.prove(proofClaims(app, ['POST', '/token'], { issuer })) })
  const unbound = await login({})
  const claims = { ...proofClaims(app, ['GET', ''], { token }), htu: `${apiUrl}/orders` }
  const prove = (more: object = {}, header = {}) => signer.prove({ ...claims, ...more }, header)
  const authorization = `DPoP ${token}`
  const proofs = {
    'the key of another': other.prove(claims),
    'another method': prove({ htm: 'POST' }),
    'another path': prove({ htu: `${apiUrl}/orders/1` }),
    'another token': prove({ ath: 'x' }),
    'an old proof': prove({ iat: claims.iat - 60 }),
    'a proof from the future': prove({ iat: claims.iat + 60 }),
    'no time': prove({ iat: undefined }),
    'no jti': prove({ jti: undefined }),
    'another type': prove({}, { typ: 'JWT' }),
    'no key': prove({}, { jwk: undefined }),
    'a broken signature': `${prove().slice(0, -4)}AAAA`,
    'no JWT': 'x'
  }
  const requests: { name: string; headers: Record<string, string>; isProof: boolean }[] = [
    { name: 'a bound token as Bearer', headers: bearer(token), isProof: false },
    { name: 'an unbound token as DPoP', headers: { authorization: `DPoP ${unbound}`, dpop: prove() }, isProof: false },
    { name: 'no proof', headers: { authorization }, isProof: true },
    ...Object.entries(proofs).map(([name, dpop]) => ({ name, headers: { authorization, dpop }, isProof: true }))
  ]
  return { bound: { authorization, dpop: prove() }, requests }
}

/** The id of the caller of `GET /orders` with these headers, or the challenge of its refusal. */
type Ask = (headers: Record<string, string>[]) => Promise<string[]>

/** Checks that a module accepts what is valid, and refuses all else with the challenge that leads a client on. */
async function assertStrict(t: Test, world: Awaited<ReturnType<typeof startIssuer>>, ask: Ask) {
  const { alice, access_token, bound, forged, requests } = world
  t.strictSame(await ask([bearer(access_token), bound]), [alice.id, alice.id])
  const refused = await ask(forged.map(({ token }) => bearer(token)))
  for (const [at, challenge] of refused.entries())
    t.match(challenge, /^Bearer.*error="invalid_token"/, String(forged[at]?.name))
  const answers = await ask(requests.map(({ headers }) => headers))
  for (const [at, { name, isProof }] of requests.entries())
    t.match(answers[at], isProof ? /^DPoP error="invalid_dpop_proof"/ : /DPoP (algs|error)/, name)
}

t.test('The module in JavaScript refuses what docs/apis.md rules out', async t => {
  const world = await startIssuer(t)
  const code = readFileSync(join(examples, 'node-api/access-tokens.js'), 'utf8')
  const path = join(t.testdir(), 'access-tokens.mjs')
  writeFileSync(path, code.replace('http://127.0.0.1:3000', world.url))
  const { verify } = await import(pathToFileURL(path).href)
  // jose does not check these two, which only the issuer itself could get wrong.
  const forged = world.forged.filter(({ name }) => !['from the future', 'a sub that is not text'].includes(name))
  const ask = (headers: Record<string, string>) =>
    verify({ method: 'GET', url: '/orders?page=1', headers }).then(
      ({ sub }: { sub: string }) => sub,
      ({ challenge }: { challenge: string }) => challenge
    )
  await assertStrict(t, { ...world, forged }, list => Promise.all(list.map(ask)))
  const { status, challenge } = await verify(
    { method: 'GET', url: '/orders', headers: bearer(world.access_token) },
    'orders:read'
  ).catch((error: unknown) => error)
  t.strictSame([status, challenge], [403, 'Bearer error="insufficient_scope", scope="orders:read"'])
})

t.test('The module in Python does the same', { skip: skipWithout('fastapi', 'jwt', 'cryptography') }, async t => {
  const world = await startIssuer(t)
  const code = readFileSync(join(examples, 'fastapi-items/access_tokens.py'), 'utf8')
  const asked = `
import sys
from fastapi.security import SecurityScopes

def outcome(headers):
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    request = Request({"type": "http", "method": "GET", "raw_path": b"/orders", "headers": raw})
    try:
        return get_claims(request, SecurityScopes(["me"]), None)["sub"]
    except HTTPException as error:
        return error.headers["WWW-Authenticate"]

json.dump([outcome(headers) for headers in json.load(sys.stdin)], sys.stdout)
`
  const path = join(t.testdir(), 'sample.py')
  const moved = code.replace('http://127.0.0.1:3000', world.url).replace('http://127.0.0.1:8000', apiUrl)
  writeFileSync(path, `${moved}${asked}`)
  await assertStrict(t, world, list => runPython<string[]>(pathToFileURL(path), list))
})

t.test('The decorator for Django does the same', { skip: skipWithout('jwt', 'cryptography') }, async t => {
  const world = await startIssuer(t)
  const [shared, decorator] = ['fastapi-items/access_tokens.py', 'django/token_required.py'].map(name =>
    readFileSync(join(examples, name), 'utf8')
  ) as [string, string]
  // As docs/moving-from-django.md says.
  const [kept = ''] = shared.replace(/^from fastapi.*\n/gm, '').split('# What follows is for FastAPI.')
  const asked = `
import json, sys
from types import ModuleType as Module
sys.path.insert(0, __file__.rpartition("/")[0])

class HttpResponse:
    def __init__(self, status, headers):
        self.headers = headers

class Request:
    method = "GET"
    def __init__(self, headers):
        self.headers = {{"authorization": "Authorization", "dpop": "DPoP"}[name]: headers[name] for name in headers}
    def get_full_path(self):
        return "/orders?page=1"

for name in ["django", "django.http", "django.views", "django.views.decorators", "django.views.decorators.csrf"]:
    sys.modules[name] = Module(name)
sys.modules["django.http"].HttpResponse = HttpResponse
sys.modules["django.views.decorators.csrf"].csrf_exempt = lambda view: view
from token_required import token_required

def outcome(headers):
    answer = token_required(lambda request: request.claims["sub"])(Request(headers))
    return answer if isinstance(answer, str) else answer.headers["WWW-Authenticate"]

json.dump([outcome(headers) for headers in json.load(sys.stdin)], sys.stdout)
`
  const moved = kept.replace('http://127.0.0.1:3000', world.url).replace('http://127.0.0.1:8000', apiUrl)
  const folder = t.testdir({ 'access_tokens.py': moved, 'token_required.py': decorator, 'sample.py': asked })
  await assertStrict(t, world, list => runPython<string[]>(pathToFileURL(join(folder, 'sample.py')), list))
})

t.test('The module in Go does the same', { skip: skipWithoutProgram('go') }, async t => {
  const world = await startIssuer(t)
  const main = `package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
)

func main() {
	var list []map[string]string
	json.NewDecoder(os.Stdin).Decode(&list)
	outcomes := []string{}
	for _, headers := range list {
		r := httptest.NewRequest("GET", "/orders?page=1", nil)
		for name, value := range headers {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		RequireScope("me", func(w http.ResponseWriter, r *http.Request, token *AccessToken) {
			w.Header().Set("WWW-Authenticate", token.Subject)
		})(w, r)
		outcomes = append(outcomes, w.Header().Get("WWW-Authenticate"))
	}
	json.NewEncoder(os.Stdout).Encode(outcomes)
}
`
  const cwd = t.testdir({ 'main.go': main, 'go.mod': 'module api\n\ngo 1.21\n' })
  cpSync(join(examples, 'go-api/access_tokens.go'), join(cwd, 'access_tokens.go'))
  const env = { PATH: process.env.PATH, HOME: cwd, ...go, ISSUER: world.url, API_URL: apiUrl }
  await promisify(execFile)('go', ['build', '-o', 'api', '.'], { cwd, env })
  await assertStrict(t, world, async list => {
    const child = spawn('./api', { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdin.end(JSON.stringify(list))
    const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
    return JSON.parse(output)
  })
})
