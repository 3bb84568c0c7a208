import { test } from 'tap'
import { block, steps } from '../support/next-steps.ts'

test('Without a proxy, none is printed', async t => {
  t.notMatch(steps({ trustProxy: [] }).join('\n'), 'nginx')
})

test('A proxy on another machine connects to the address that the server listens on', async t => {
  t.match(steps({ host: '::' }).join('\n'), 'proxy_pass http://m1:3000;')
  t.match(steps({ host: 'fd00::1', port: 80 }).join('\n'), 'proxy_pass http://[fd00::1]:80;')
})

test('nginx repeats no request, which a name with two addresses would make it do', async t => {
  t.match(block(steps({}), 'nginx'), 'proxy_next_upstream off;')
})

test('nginx gets the path as it decodes it, in quotes where nginx would end a word', async t => {
  const locationAt = (path: string) =>
    /^ +location .*?(?= \{)/m.exec(block(steps({ issuer: `https://example.com${path}` }), 'nginx'))?.[0].trim()
  t.equal(locationAt(''), 'location /')
  t.equal(locationAt('/a/b'), 'location /a/b/')
  t.equal(locationAt('/a%20b;"deny'), 'location "/a b;\\"deny/"')
})

test('A percent sign, a dollar sign, quotes and spaces are those of the paths', async t => {
  const strange = { folder: '/srv/50% a', program: ['/usr/bin/node', '/srv/50% a/"b" $c\\d', 'serve'] }
  const unit = block(steps({}, strange), 'systemd')
  t.match(unit, 'ExecStart=/usr/bin/node "/srv/50%% a/\\"b\\" $$c\\\\d" serve\n')
  t.match(unit, 'WorkingDirectory=/srv/50%% a\n')
})
