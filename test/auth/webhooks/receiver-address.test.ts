import { networkInterfaces } from 'node:os'
import t from 'tap'
import { createReceiverRules } from '../../../src/auth/webhooks/receiver-address.ts'

const rules = createReceiverRules({ hosts: [], loopback: false })
const listed = createReceiverRules({ hosts: ['crm.internal', '10.1.2.3'], loopback: false })
const local = createReceiverRules({ hosts: [], loopback: true })

t.test('Only addresses of the internet receive events', async t => {
  const forbidden = [
    ...['127.0.0.1', '0.0.0.0', '10.1.2.3', '100.64.0.1', '169.254.169.254', '172.31.0.1', '192.168.1.1', '198.18.0.1'],
    ...[
      '168.63.129.16',
      '192.0.0.192',
      '203.0.113.7',
      '224.0.0.1',
      '255.255.255.255',
      '::',
      '::1',
      '::ffff:10.1.2.3',
      '::ffff:8.8.8.8'
    ],
    ...['fe80::1', 'fd00:ec2::254', 'ff02::1', '64:ff9b::a9fe:a9fe', '2002:a9fe:a9fe::1', '2001::1', '2001:db8::1']
  ]
  t.strictSame(
    forbidden.filter(address => rules.allows('crm.example.com', address)),
    []
  )
  const open = ['8.8.8.8', '172.32.0.1', '192.169.0.1', '2606:4700::1111', '2a00:1450::1']
  t.strictSame(
    open.filter(address => !rules.allows('crm.example.com', address)),
    []
  )
})

t.test('An address of this machine or of its networks is refused, also a public one', async t => {
  const own = Object.values(networkInterfaces()).flatMap(all => all ?? [])
  t.ok(own.length > 0)
  t.strictSame(
    own.filter(({ address }) => rules.allows('crm.example.com', address)),
    []
  )
})

t.test('A listed host may be in a private network, but never where a cloud serves credentials', async t => {
  t.ok(listed.allows('crm.internal', '10.1.2.3'))
  t.ok(listed.allows('crm.internal', 'fd12::1'))
  t.notOk(listed.allows('other.internal', '10.1.2.3'))
  const never = ['169.254.169.254', '100.100.100.200', 'fd00:ec2::254', '127.0.0.1', '192.0.2.1', 'fe80::1']
  t.strictSame(
    never.filter(address => listed.allows('crm.internal', address)),
    []
  )
})

t.test('A URL that leads where it must not is refused with the reason', async t => {
  const https = 'must begin with https://'
  const network = 'must not be an address of a private network'
  for (const [url, fault] of [
    ['https://crm.example.com/events?token=1', undefined],
    ['https://[2606:4700::1111]:8443/', undefined],
    ['crm.example.com', 'must be a URL'],
    ['http://crm.example.com/', https],
    ['http://127.0.0.1/', https],
    ['file:///etc/passwd', https],
    ['https://user:secret@crm.example.com/', 'must not contain a username or password'],
    ['https://crm.example.com/#x', 'must not have a fragment'],
    ['https://127.0.0.1/', network],
    ['https://0x7f000001/', network],
    ['https://2130706433/', network],
    ['https://[::1]/', network],
    ['https://[::ffff:7f00:1]/', network],
    ['https://169.254.169.254/latest/meta-data', network]
  ] as const)
    t.equal(rules.faultOf(url), fault, url)
  t.equal(listed.faultOf('https://crm.example.com/'), 'must have a host of the setting WEBHOOK_HOSTS')
  t.equal(listed.faultOf('https://10.1.2.3/'), undefined)
  t.equal(listed.faultOf('http://crm.internal/'), https)
  t.equal(local.faultOf('http://localhost:4000/'), undefined)
  t.equal(local.faultOf('http://crm.example.com/'), https)
})
