import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { releaseNotes } from './release/notes.ts'
import { distTag, versionProblems } from './release/versions.ts'
import { installPackages } from './tool.ts'

// `npm run release -- [--dry-run]`: packs the three packages into `release/`, checks them, and publishes them to npm
// and tags the commit. With --dry-run it stops after the checks, says what is left to do before a release, and asks no
// registry.

/** In the order in which they are published: the README of the last one names the others. */
const folders = ['packages/client', 'packages/verifier', '']
const output = './release'
const args = process.argv.slice(2)
const dryRun = args.includes('--dry-run')

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'))
const run = (command: string, args: string[], cwd = '.') =>
  execFileSync(command, args, { cwd, encoding: 'utf8' }).trim()

/** Ends the program if there are problems, and says what to do about each. */
function refuse(problems: string[]) {
  if (problems.length === 0) return
  console.error(['Nothing was published.', ...problems].join('\n'))
  process.exit(1)
}

const manifests = Object.fromEntries(folders.map(folder => [folder, json(join(folder, 'package.json'))]))
const { version } = manifests['']
const tag = `v${version}`

const { notes, problem } = releaseNotes(readFileSync('CHANGELOG.md', 'utf8'), version)

function problemsOfSources(): string[] {
  const problems = [...versionProblems(manifests, json('package-lock.json')), ...(problem ? [problem] : [])]
  if (run('git', ['status', '--porcelain'])) problems.push('There are uncommitted changes: commit them, or undo them.')
  if (run('git', ['tag', '--list', tag])) problems.push(`The tag ${tag} exists already: choose another version.`)
  return problems
}

/** A sentence if the version of a package is on the registry already, or if the registry does not say so. */
function problemsOfName(name: string): string[] {
  const { status, stdout } = spawnSync('npm', ['view', '--json', `${name}@${version}`, 'version'], { encoding: 'utf8' })
  const { error } = JSON.parse(stdout.trim() || '{}')
  // An older npm prints nothing when the package has other versions only.
  if (error?.code === 'E404' || (status === 0 && stdout.trim() === '')) return []
  if (status !== 0) return [`npm cannot look up ${name} (${error?.code}): check the registry and your login.`]
  return [`npm has ${name} ${version} already: choose another version.`]
}

function pack(folder: string) {
  const args = ['pack', '--json', '--foreground-scripts=false', '--pack-destination', resolve(output)]
  const [{ name, filename, entryCount, size }] = JSON.parse(run('npm', args, folder || '.'))
  return { name: String(name), tarball: `${output}/${filename}`, files: Number(entryCount), size: Number(size) }
}

// Without the --, npm keeps --dry-run to itself and the tag would be created.
if (args.some(arg => arg !== '--dry-run') || process.env.npm_config_dry_run)
  refuse(['Run `npm run release -- --dry-run`, or `npm run release`.'])
const toDo = problemsOfSources()
if (!dryRun) {
  refuse(toDo)
  refuse(folders.flatMap(folder => problemsOfName(manifests[folder].name)))
}

rmSync(output, { recursive: true, force: true })
mkdirSync(output)
const packages = folders.map(pack)
installPackages('tools/published')
const tarballs = packages.map(({ tarball }) => tarball)
const checked = spawnSync('node', ['tools/published/check-package.mjs', ...tarballs], { encoding: 'utf8' })
if (checked.status !== 0) refuse(checked.stderr.trim().split('\n'))

const npmTag = distTag(version)
for (const { name, tarball, files, size } of packages)
  console.log(`${name} ${version}, tag ${npmTag}: ${files} files, ${Math.ceil(size / 1024)} KiB, ${tarball}`)
console.log(`\n${notes}\n`)

if (dryRun) {
  console.log(
    ['Dry run: nothing was published.', ...(toDo.length > 0 ? ['Before a release:', ...toDo] : [])].join('\n')
  )
} else {
  const commands = [
    ...packages.map(({ tarball }) => ['npm', 'publish', tarball, '--tag', npmTag]),
    ['git', 'tag', '--annotate', tag, '--message', tag]
  ]
  for (const [at, [command = '', ...args]] of commands.entries()) {
    if (spawnSync(command, args, { stdio: 'inherit' }).status === 0) continue
    const rest = commands.slice(at).map(command => command.join(' '))
    console.error(`The first of these commands failed. Fix the cause, then run all of them:\n${rest.join('\n')}`)
    process.exit(1)
  }
  console.log(`Published. Push the tag: git push origin ${tag}`)
}
