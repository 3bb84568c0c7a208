import { makeAlice, type PageRow, serveCommand } from '../../support/page.ts'

/** The API that the scripts call, and `as_cron`, which runs a command with the environment that cron gives it. */
const world = `
cat > api.js <<'END'
import Fastify from 'fastify'
import verifier from 'sallyport/verifier'

const app = Fastify()
await app.register(verifier, { issuer: 'http://127.0.0.1:3000', audience: 'http://127.0.0.1:3000' })
app.get('/reports', { onRequest: app.requireScope('reports:read') }, async ({ accessToken }) => ({
  for: accessToken.username
}))
await app.listen({ port: 8000 })
END
node api.js &
until curl -so /dev/null http://127.0.0.1:8000/reports; do sleep 0.1; done
as_cron() { env -i HOME="$HOME" PATH=/usr/bin:/bin CLIENT_ID="$CLIENT_ID" "$@"; }
mkdir -p .github/workflows
`

/** Runs the steps of the workflow as GitHub does, with the token in the file that is named. */
const runner = `
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

const verify = `curl -si 'http://127.0.0.1:3000/verify?scope=reports:read'`
const wrong = `${'sally_pat_'.padEnd(43, '0')}`

export const pages: PageRow[] = [
  {
    path: 'docs/scripts.md',
    before: serveCommand + makeAlice + world + runner,
    standIns: {
      // Also as cron runs it, and with a wrong token, which has to end the job with an error.
      'sh report.sh': `as_cron sh report.sh
echo
stat -c %a token.txt ~/.config/report/token
echo ${wrong} > wrong.txt
cp wrong.txt ~/.config/report/token
as_cron sh report.sh || echo "ended with $?"`,
      [verify]: `node runner.cjs token.txt
echo
node runner.cjs wrong.txt || echo "ended with $?"
${verify}`
    },
    prints: [
      /^Scopes of alice: me reports:read\n$/,
      /^$/,
      /^{"access_token":.*"scope":"reports:read","issued_token_type":"urn:ietf:params:oauth:token-type:access_token"}$/,
      /^{"for":"alice"}\n600\n600\nended with 1\n$/,
      /^::add-mask::[\w-]+\.[\w-]+\.[\w-]+\n{"for":"alice"}\nended with 1\nHTTP\/1\.1 204 [\s\S]*x-auth-username: alice\r\n/,
      /^$/,
      /^\.\/token\.txt$/m
    ]
  }
]
