import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { bearer, createApp, createUser, logIn } from './support/app.ts'
import { createContract } from './support/contract.ts'

const contract = createContract(new URL('../docs/openapi.json', import.meta.url))

t.test('Refusals before routing, which reach no hook, match the document too', async t => {
  const { app } = await createApp(t)
  await createUser(app)
  const headers = bearer((await logIn(app)).access_token)
  const url = `/users/me/sessions/${'7'.repeat(101)}`
  const { statusCode, headers: received, body } = await app.inject({ method: 'DELETE', url, headers })
  t.equal(statusCode, 414)
  t.strictSame(contract.faultsOf('endMySession', { status: statusCode, headers: received, body }), [])
})

t.test('A process whose answer violates the document exits and reports the difference', async t => {
  const main = fileURLToPath(new URL('support/liar-main.ts', import.meta.url))
  const ended = await promisify(execFile)(process.execPath, [...process.execArgv, main]).catch(error => error)
  t.equal(ended.code, 1)
  t.match(
    ended.stderr,
    "GET /users/me answered 200, and it has no ETag; its body is wrong: data must have required property 'id'"
  )
})
