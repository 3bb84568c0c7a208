import { test } from 'tap'
import { isLocalIssuer, isLoopback } from '../../src/config/loopback.ts'

test('Only names and addresses of this machine are loopback (RFC 1122 §3.2.1.3, RFC 6761 §6.3)', async t => {
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', '[::1]', 'localhost', 'LOCALHOST', 'app.localhost'])
    t.equal(isLoopback(host), true, host)
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.example.com', 'localhost.example.com', 'notlocalhost', '::2'])
    t.equal(isLoopback(host), false, host)
})

test('An issuer is local when its host is', async t => {
  t.equal(isLocalIssuer('http://[::1]:3000/auth'), true)
  t.equal(isLocalIssuer('https://login.example.com'), false)
})
