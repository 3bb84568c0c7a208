import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const packageFile = fileURLToPath(import.meta.resolve('sallyport/package.json'))

/** The version in package.json. */
export const packageVersion = (): string => JSON.parse(readFileSync(packageFile, 'utf8')).version
