import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Entrant } from './entrant.ts'
import { rootFolder, runToEnd } from './packages.ts'
import { sallyport, startSallyport } from './sallyport.ts'

/** The commits of these revisions, each once. */
export function commitsOf(revisions: string[]): string[] {
  const commits = revisions.map(revision => {
    const args = ['rev-parse', '--short=12', '--verify', `${revision}^{commit}`]
    const { status, stdout, stderr } = spawnSync('git', args, { cwd: rootFolder, encoding: 'utf8' })
    if (status !== 0) throw new Error(`--against takes a revision of this clone, not ${revision}: ${stderr}`)
    return stdout.trim()
  })
  return [...new Set(commits)]
}

/** Another commit of Sallyport, which is extracted into `root`, an empty folder, and built there. */
export function otherCommit(commit: string, root: string): Entrant {
  // The name is that of its databases, too.
  const name = `against_${commit}`
  const lockFile = (folder: string) => readFileSync(join(folder, 'package-lock.json'), 'utf8')
  return {
    ...sallyport,
    name,
    title: commit,
    async prepare() {
      // Unlike a work tree, an archive leaves nothing in the clone.
      const archive = join(root, 'commit.tar')
      runToEnd(['git', 'archive', `--output=${archive}`, commit], rootFolder)
      runToEnd(['tar', '-xf', archive], root)
      if (lockFile(root) === lockFile(rootFolder))
        symlinkSync(join(rootFolder, 'node_modules'), join(root, 'node_modules'))
      else runToEnd(['npm', 'ci'], root)
      runToEnd(['npm', 'run', 'build'], root)
    },
    start(place) {
      // Sallyport has its database in the folder itself.
      const folder = join(place.folder, name)
      mkdirSync(folder, { recursive: true })
      return startSallyport(root, { ...place, folder })
    }
  }
}
