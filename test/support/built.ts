import { fileURLToPath } from 'node:url'

/** A program, and its first arguments. */
export type Command = [string, ...string[]]

const [program = '', contract] = ['bin/sallyport.cjs', 'dist/.test/hold-to-contract.mjs'].map(path =>
  fileURLToPath(new URL(`../../${path}`, import.meta.url))
)

/** Runs the program that `npm test` has built, three times as fast as the sources. */
export const builtAlone: Command = [process.execPath, program]

/** The same, but checks its answers against the contract. */
export const built: Command = [process.execPath, `--import=${contract}`, program]
