import { createServer } from 'node:http'
import { test } from 'tap'
import { checkIssuer } from '../../src/doctor/issuer.ts'
import { startServer } from '../support/server.ts'

const issuer = 'https://login.example.com'
const answering =
  (body: unknown, status = 200) =>
  async () =>
    new Response(typeof body === 'string' ? body : JSON.stringify(body), { status })
const failing = (cause: unknown) => async () => {
  throw Object.assign(new TypeError('fetch failed'), { cause })
}

test('A running server is found at its issuer, with a path or without', async t => {
  for (const path of ['', '/auth']) {
    // Behind a proxy that passes the well-known URL on unchanged, as the server expects it.
    const { url } = await startServer(t, { issuer: issuer + path })
    const proxied = (asked: unknown, init?: RequestInit) => fetch(String(asked).replace(issuer, url), init)
    t.same(await checkIssuer(issuer + path, proxied), {
      check: 'metadata',
      level: 'ok',
      text: `${issuer}/.well-known/oauth-authorization-server${path} names this issuer.`
    })
  }
})

test('Another issuer in the metadata, or none, is an error (RFC 8414 §3.3)', async t => {
  for (const [body, found] of [
    [{ issuer: 'http://127.0.0.1:3000' }, 'http://127.0.0.1:3000'],
    [{ issuer: `${issuer}/` }, `${issuer}/`],
    [{}, 'missing'],
    ['<html>', 'missing'],
    ['null', 'missing']
  ] as const)
    t.match(await checkIssuer(issuer, answering(body)), {
      check: 'metadata',
      level: 'error',
      text: new RegExp(`names the issuer ${found}\\. Set ISSUER`)
    })
})

test('An answer other than 200 is a warning, and a redirect is not followed', async t => {
  for (const [status, advice] of [
    [301, 'Clients follow no redirect here: remove it for this path, or set ISSUER to the URL that it leads to.'],
    [403, 'Let the proxy forward this path without a login.'],
    [404, 'Check that the proxy forwards this path, and does not change it.'],
    [502, 'The proxy does not reach the server: start the server, and check the address in the proxy.'],
    [500, 'Check the logs of the proxy and the server.']
  ] as const)
    t.match(await checkIssuer(issuer, answering('', status)), {
      check: 'metadata',
      level: 'warning',
      text: `answers ${status}. ${advice}`
    })
  await checkIssuer(issuer, async (_url, init) => {
    t.equal(init?.redirect, 'manual')
    t.ok(init?.signal)
    return new Response('{}')
  })
})

test('An unreachable server is a warning with the reason', async t => {
  const closed = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => closed.once('listening', resolve))
  const { port } = closed.address() as { port: number }
  await new Promise(resolve => closed.close(resolve))
  const refused = await checkIssuer(`http://127.0.0.1:${port}`, fetch)
  t.match(refused, {
    check: 'metadata',
    level: 'warning',
    text: new RegExp(`connect ECONNREFUSED 127\\.0\\.0\\.1:${port}`)
  })

  t.match(refused.text, /Nothing listens there: start the server/)

  const many = Object.assign(new AggregateError([new Error('the first of two')]), { code: 'ECONNREFUSED' })
  for (const [fetch, reason] of [
    [failing(many), 'the first of two'],
    [failing({ code: 'ECONNRESET' }), 'ECONNRESET'],
    [() => Promise.reject(new DOMException('The operation timed out', 'TimeoutError')), 'The operation timed out']
  ] as const)
    t.match(await checkIssuer(issuer, fetch), {
      level: 'warning',
      text: new RegExp(`^Cannot reach .*: ${reason}\\. [A-Z].*\\.$`)
    })
})

test('Each failure to connect has its own advice', async t => {
  for (const [code, advice] of [
    ['ENOTFOUND', 'DNS does not know this host: add a record for it, or correct ISSUER.'],
    ['EAI_AGAIN', 'The DNS server of this machine does not respond: check the network.'],
    ['ECONNREFUSED', 'Nothing listens there: start the server, and the proxy in front of it.'],
    ['UND_ERR_CONNECT_TIMEOUT', 'Check the firewalls and routes between this machine and that host.'],
    ['EHOSTUNREACH', 'Check the firewalls and routes between this machine and that host.'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'ISSUER says https, and the host speaks something else there'],
    ['ECONNRESET', 'Check that the server and the proxy in front of it are running.']
  ] as const)
    t.match(await checkIssuer(issuer, failing({ code })), { level: 'warning', text: `: ${code}. ${advice}` })
})

test('A rejected certificate is an error that names the fault', async t => {
  for (const [code, advice] of [
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'Install it with its intermediate certificates'],
    ['CERT_HAS_EXPIRED', 'Renew it'],
    ['CERT_NOT_YET_VALID', 'Check the clock of this machine'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'Install it with its intermediate certificates'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'Install a certificate for this host'],
    ['CERT_REVOKED', 'Install one that clients trust']
  ])
    t.match(await checkIssuer(issuer, failing(Object.assign(new Error('no good'), { code }))), {
      check: 'metadata',
      level: 'error',
      text: new RegExp(`^The certificate of ${issuer}.* is not trusted: no good \\(${code}\\)\\. ${advice}`)
    })
})
