import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

/** The older ways to resolve a module, and `require()`, which these packages do not support. */
const unsupported = ['node10', 'node16-cjs']

/** What publint and Are The Types Wrong find in a packed package, a sentence each. */
export async function packageProblems(tarball: Buffer): Promise<string[]> {
  const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, strict: true })
  const types = await checkPackage(createPackageFromTarballData(tarball))
  return [
    ...messages.map(message => String(formatMessage(message, pkg ?? {}, { color: false }))),
    ...(types.types ? [] : ['It has no types.']),
    ...(types.types ? types.problems : [])
      .filter(problem => !('resolutionKind' in problem && unsupported.includes(problem.resolutionKind)))
      .map(problem => `Its types have a problem: ${JSON.stringify(problem)}`)
  ]
}
