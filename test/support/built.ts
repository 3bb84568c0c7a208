import { fileURLToPath } from 'node:url'

/** A file to run, and its first arguments. */
export type Command = [string, ...string[]]

const program = fileURLToPath(new URL('../../bin/sallyport.cjs', import.meta.url))

/**
 * Runs the program as `npm test` has built it, in a third of the time that the sources take. It omits the code that tap
 * loads into every process that Node.js starts, which is slow, catches signals, and would count coverage of `dist`.
 */
export const builtAlone: Command = ['env', '-u', 'NODE_OPTIONS', process.execPath, program]

/** The same, and its answers are checked against the contract, like those of the sources. */
export const built: Command = [
  ...(builtAlone.slice(0, -1) as Command),
  ...process.execArgv.filter(argument => argument.includes('hold-to-contract')),
  program
]
