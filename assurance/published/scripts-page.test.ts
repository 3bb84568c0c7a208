import { join } from 'node:path'
import t from 'tap'
import { codeBlocks } from '../../test/support/readme-commands.ts'
import { skipWithoutProgram } from '../support/debian.ts'
import { makeAlice, runPage, serveCommand, skipPages } from '../support/page.ts'

const page = 'docs/scripts.md'
const [crontab = ''] = codeBlocks(join(import.meta.dirname, '../..', page), 'crontab')
const cronCommand = /^(?:\S+ ){5}(.*)$/m.exec(crontab)?.[1]

/** Runs the steps of the workflow as GitHub does, with the token in the file that is named. */
const runner = `
mkdir -p .github/workflows
cat > runner.cjs <<'END'
const { readFileSync } = require('node:fs')
const { spawnSync } = require('node:child_process')
const known = {
  'secrets.SALLYPORT_TOKEN': readFileSync(process.argv[2], 'utf8').trim(),
  'vars.SALLYPORT_CLIENT_ID': process.env.CLIENT_ID
}
const local = text => text.replace('https://auth.example.com', 'http://127.0.0.1:3000')
  .replace('https://api.example.com', 'http://127.0.0.1:8000')
const workflow = require('yaml').parse(readFileSync('.github/workflows/report.yml', 'utf8'))
for (const { run, shell, env } of workflow.jobs.report.steps) {
  if (shell !== 'bash') throw new Error(shell)
  const values = Object.entries(env).map(([name, value]) => [name, value.replace(/\\$\\{\\{ (\\S+) \\}\\}/, (_, key) => known[key])])
  const { status } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', local(run)], {
    env: { PATH: process.env.PATH, ...Object.fromEntries(values) },
    stdio: ['ignore', 'inherit', 'inherit']
  })
  if (status !== 0) process.exit(status)
}
END
`

/** The nginx example, where the workers of nginx can read it. */
const startNginx = `
SITE=$(mktemp -d); trap 'rm -rf "$SITE"' EXIT
cp -r node_modules/sallyport/examples/nginx/. "$SITE"; mkdir -p "$SITE/run"; chmod -R a+rX "$SITE"
PATH=$PATH:/usr/sbin nginx -p "$SITE" -c nginx.conf -e stderr
`

const status = "curl -s -o /dev/null -w '%{http_code}\\n'"
const direct = '-H "Authorization: Bearer $(cat token.txt)"'

const skip = skipPages || skipWithoutProgram('nginx') || skipWithoutProgram('jq')

t.test('The commands of the page for scripts work as documented', { skip }, async t => {
  const [client, created, exchanged, started, ran, proxied, revoked, found, checked, ...others] = await runPage(t, {
    path: page,
    before: serveCommand + makeAlice + runner,
    standIns: {
      'sh report.sh': `sh report.sh
echo
stat -c %a token.txt ~/.config/report/token
env -i HOME="$HOME" PATH=/usr/bin:/bin CLIENT_ID="$CLIENT_ID" sh -c '${cronCommand}'
cat report.json
echo
echo ${'sally_pat_'.padEnd(43, '0')} > wrong.txt
cp wrong.txt ~/.config/report/token
sh report.sh || echo "ended with $?"`,
      'curl -s http://127.0.0.1:8080/reports/': `node runner.cjs token.txt
echo
node runner.cjs wrong.txt || echo "ended with $?"
echo '=== nginx ==='
${startNginx}
${status} http://127.0.0.1:8080/reports/
${status} http://127.0.0.1:8080/ ${direct}
${status} http://127.0.0.1:3000/users/me ${direct}
${status} http://127.0.0.1:8000/reports ${direct}
curl -si http://127.0.0.1:3000/verify ${direct} | grep -i ^x-auth-client | tr -d '\\r'
curl -s http://127.0.0.1:8080/reports/`,
      'curl -s http://127.0.0.1:3000/revoke -d @-': `curl -s http://127.0.0.1:3000/revoke -d @-
${status} http://127.0.0.1:8080/reports/ ${direct}`,
      'python3 checksum.py < token.txt':
        '/usr/bin/python3 checksum.py < token.txt\ntr 0-8 1-9 < token.txt | /usr/bin/python3 checksum.py'
    }
  })
  t.equal(client, 'Scopes of alice: me reports:read\n')
  t.equal(created, '')
  const { access_token, ...rest } = JSON.parse(String(exchanged))
  t.same(rest, {
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: 600,
    scope: 'reports:read'
  })
  t.equal(started, '')
  const report = '{"for":"alice","by":"CLIENT"}'
  const without = (output = '') => output.replaceAll(/c_[0-9a-f-]{36}/g, 'CLIENT')
  t.match(without(ran), `${report}\n600\n600\n${report}\nended with 1\n`)
  const [workflow = '', nginx] = String(proxied).split('=== nginx ===\n')
  const [masked, ...logged] = without(workflow).split('\n')
  t.match(masked, /^::add-mask::[\w-]+\.[\w-]+\.[\w-]+$/)
  t.same(logged.slice(0, -1), [report, 'ended with 1'], 'the report, and no token')
  t.match(nginx, /^401\n403\n401\n401\nx-auth-client: \n<!doctype html>/i)
  t.equal(revoked, '401\n')
  t.match(found, /^\.\/token\.txt$/m)
  t.match(found, /^\.\/\.config\/report\/token$/m)
  t.equal(checked, 'True\nFalse\n')
  t.same(others, [])
})
