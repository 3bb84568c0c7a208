import { readFileSync } from 'node:fs'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

// `node check-package.mjs TARBALL …`: prints what would not work once the packages are installed, and then exits with
// 1.

// Only ES modules are supported: neither older ways to resolve nor require().
const unsupported = ['node10', 'node16-cjs']

/** The problems of a package, as publint and Are the types wrong? report them. */
async function problemsOf(tarball) {
  const bytes = readFileSync(tarball)
  const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(bytes).buffer }, strict: true })
  const { types, problems = [], entrypoints = {} } = await checkPackage(createPackageFromTarballData(bytes))
  return [
    ...messages.map(message => formatMessage(message, pkg, { color: false })),
    ...(types ? [] : ['The package has no types']),
    ...problems
      .filter(({ resolutionKind }) => !unsupported.includes(resolutionKind))
      .map(({ kind, entrypoint = '', resolutionKind = '' }) => `${kind} ${entrypoint} ${resolutionKind}`.trim()),
    ...Object.keys(types ? pkg.exports : {})
      .filter(path => !(path in entrypoints))
      .map(path => `${path} was not checked`)
  ]
}

for (const tarball of process.argv.slice(2)) {
  for (const problem of await problemsOf(tarball)) {
    console.error(`${tarball}: ${problem}`)
    process.exitCode = 1
  }
}
