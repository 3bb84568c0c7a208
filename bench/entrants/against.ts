import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Entrant } from './entrant.ts'
import { rootFolder, runToEnd } from './packages.ts'
import { sallyport, startSallyport } from './sallyport.ts'

/** Another commit of Sallyport, which is checked out into `root`, an empty folder, and built there. */
export function otherCommit(revision: string, root: string): Entrant {
  const git = spawnSync('git', ['rev-parse', '--short=12', `${revision}^{commit}`], {
    cwd: rootFolder,
    encoding: 'utf8'
  })
  if (git.status !== 0) throw new Error(`--against takes a revision of this clone: ${git.stderr}`)
  const commit = git.stdout.trim()
  const lockFile = (folder: string) => readFileSync(join(folder, 'package-lock.json'), 'utf8')
  return {
    ...sallyport,
    name: 'against',
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
      const folder = join(place.folder, 'against')
      mkdirSync(folder, { recursive: true })
      return startSallyport(root, { ...place, folder })
    }
  }
}
