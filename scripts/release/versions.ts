interface Lock {
  packages: Record<string, { version?: string }>
}

const advice = 'write the same version everywhere, as CONTRIBUTING.md says under "Releasing".'

/**
 * A sentence for each folder in `folders` whose version, in its package.json or in the lock file, differs from that of
 * the repository. The keys of `folders` are the paths of the lock file: '' is the repository itself.
 */
export function versionProblems(folders: Record<string, { version: string }>, lock: Lock): string[] {
  const version = String(folders['']?.version)
  return Object.entries(folders).flatMap(([folder, manifest]) => {
    const places = {
      [`${folder && `${folder}/`}package.json`]: manifest.version,
      [`package-lock.json for ${folder || 'the repository'}`]: lock.packages[folder]?.version
    }
    return Object.entries(places)
      .filter(([, found]) => found !== version)
      .map(([place, found]) => `The version in ${place} is ${found}, but package.json has ${version}: ${advice}`)
  })
}

/** The dist-tag of npm: `next` for a prerelease, which `npm install` must not choose by itself. */
export const distTag = (version: string) => (version.includes('-') ? 'next' : 'latest')
