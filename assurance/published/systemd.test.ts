import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { password } from '../../test/support/app.ts'
import { codeBlocks } from '../../test/support/readme-commands.ts'
import { cloneInto } from '../support/clone.ts'
import { bootSystemd, skipWithoutSystemd } from '../support/systemd.ts'

// docs/run.md and docs/upgrading.md under systemd, as pasted. The lines with sudo run on a machine of their own, where
// systemd is process 1. assurance/nodes installs the server on other versions of Node.js.

const root = join(import.meta.dirname, '../..')
const page = join(root, 'docs/run.md')
const [block = ''] = codeBlocks(page, 'bash').filter(code => code.includes('systemctl enable --now sallyport'))
// The first line names a file, so that the page's own run does not paste the block.
const [, build = '', driver = '', ...install] = block.split('\n')
const [upgrade = '', goBack = ''] = codeBlocks(join(root, 'docs/upgrading.md'), 'bash')
const [, ...upgradeLines] = upgrade.split('\n')
const [dropIn = ''] = codeBlocks(page, 'ini').filter(code => code.includes('LoadCredential=database-url'))

// Outside of the repository, so that Node.js does not find its packages.
const work = mkdtempSync(join(tmpdir(), 'sallyport-systemd-'))
t.teardown(() => rmSync(work, { recursive: true }))
const clone = join(work, 'clone')

/** Runs a line of the page in the clone. No install script runs: one may compile for minutes. */
function paste(line: string) {
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    npm_config_ignore_scripts: 'true',
    npm_config_prefer_offline: 'true'
  }
  execFileSync('sh', ['-ec', line], { cwd: clone, env, stdio: ['ignore', 'ignore', 'pipe'] })
}

const untilReady =
  'until curl -so /dev/null http://127.0.0.1:3000/readyz; do systemctl is-active sallyport; sleep 0.1; done'

/** Pastes the rest of the block, and uses the server. */
async function tryUnit(t: Test, node: string) {
  const run = await bootSystemd(t, { source: clone, node })
  run(`sudo() { "$@"; }\n${install.join('\n')}`)
  run(untilReady)
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' })
  t.equal(run('readlink /proc/$(systemctl show --property=MainPID --value sallyport)/exe'), '/usr/bin/node\n')
  t.equal(run('/usr/bin/node --version'), version)

  t.match(run(`printf '${password}' | sallyport users create root --admin --password-stdin`), /users:write/)
  const form = `-d grant_type=password -d username=root --data-urlencode 'password=${password}'`
  t.match(JSON.parse(run(`curl -s http://127.0.0.1:3000/token ${form}`)), { token_type: 'Bearer' })
  t.match(run('sallyport doctor'), /^ok +signing-keys /m)
  t.match(run('sallyport doctor'), /^ok +issuer .* ISSUER is https:\/\/login\.example\.com\.$/m, 'from sallyport.env')

  t.strictSame(upgradeLines.slice(0, 2), [build, driver], 'a new version is built as the first one')
  const paste = (lines: string[]) => run(`sudo() { "$@"; }\n${lines.join('\n')}`)
  paste(upgradeLines.slice(2))
  run(untilReady)
  t.match(JSON.parse(run(`curl -s http://127.0.0.1:3000/token ${form}`)), { token_type: 'Bearer' }, 'upgraded')

  paste(upgradeLines.slice(2).filter(line => !/backup|systemctl start/.test(line)))
  t.match(run('sallyport users list --json'), /"username": "root"/, 'while the unit is stopped')
  t.match(paste([goBack]), /^Restored .* 1 account/m)
  run(untilReady)
  t.equal(run('stat -c %u /var/lib/private/sallyport/* | sort -u | grep -cv ^0$'), '1\n', "the files are the unit's")
  t.match(JSON.parse(run(`curl -s http://127.0.0.1:3000/token ${form}`)), { token_type: 'Bearer' }, 'restored by root')

  run(`mkdir -p /etc/systemd/system/sallyport.service.d
    printf 'postgres://sallyport:secret@127.0.0.1:1/sallyport' > /etc/sallyport/database-url
    cat > /etc/systemd/system/sallyport.service.d/override.conf <<'END'\n${dropIn}\nEND
    systemctl daemon-reload`)
  t.throws(() => run('sallyport users list'), /Cannot connect to PostgreSQL at 127\.0\.0\.1:1/)
}

const skip = skipWithoutSystemd(join(work, 'tried'))

t.test('The commands for systemd start the server', { skip }, async t => {
  mkdirSync(clone)
  cloneInto(clone, ['deploy', 'tools'])
  // npm would empty the folder of this repository.
  rmSync(join(clone, 'node_modules'), { recursive: true })

  paste(build)
  paste(driver)
  const binary = 'build/Release/better_sqlite3.node'
  if (process.version.startsWith('v20.'))
    cpSync(join(root, 'node_modules/better-sqlite3-12', binary), join(clone, 'node_modules/better-sqlite3', binary))
  await tryUnit(t, process.execPath)
})
