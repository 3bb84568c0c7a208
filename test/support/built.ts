import { fileURLToPath } from 'node:url'

/** A file that is run, and its first arguments. */
export type Command = [string, ...string[]]

const program = fileURLToPath(new URL('../../bin/sallyport.cjs', import.meta.url))

/**
 * What runs the program as `npm test` has built it, in a third of the time that the sources take. Without what tap loads
 * into every process that Node starts: it is slow, catches signals, and would count what of `dist` is covered.
 */
export const builtAlone: Command = ['env', '-u', 'NODE_OPTIONS', process.execPath, program]

/** The same, and its answers are held against the contract, as those of the sources are. */
export const built: Command = [
  ...(builtAlone.slice(0, -1) as Command),
  ...process.execArgv.filter(argument => argument.includes('hold-to-contract')),
  program
]
