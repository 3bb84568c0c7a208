import t from 'tap'
import { addressPrefix } from '../../../src/auth/throttle/address-prefix.ts'

t.test('An IPv4 address belongs to its /24, an IPv6 address to its /64', async t => {
  for (const [address, prefix] of [
    ['192.0.2.7', '192.0.2.0/24'],
    ['192.0.2.255', '192.0.2.0/24'],
    ['192.0.3.7', '192.0.3.0/24'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:0DB8:0000:0000:ffff:ffff:ffff:ffff', '2001:db8:0:0::/64'],
    ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['1::8', '1:0:0:0::/64'],
    ['1:2:3::', '1:2:3:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64']
  ] as const) {
    t.equal(addressPrefix(address), prefix, address)
  }
})

t.test('An IPv4-mapped IPv6 address counts as IPv4 (RFC 4291 §2.5.5.2)', async t => {
  for (const address of ['::ffff:192.0.2.7', '::FFFF:192.0.2.200']) {
    t.equal(addressPrefix(address), '192.0.2.0/24', address)
  }
  t.equal(addressPrefix('64:ff9b::192.0.2.7'), '64:ff9b:0:0::/64', 'a translated address does not')
})

t.test('Invalid addresses share one prefix, so that every request has a limit', async t => {
  for (const text of ['', 'unknown', 'localhost', '1.2.3', '::g', '[::1]'])
    t.equal(addressPrefix(text), 'unknown', text)
})
