import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'

const packageFile = createRequire(import.meta.url).resolve('sallyport/package.json')

/** The folder of the package, which has the migrations and the built console. */
export const packageFolder = dirname(packageFile)

/** The version in package.json. */
export const packageVersion: string = JSON.parse(readFileSync(packageFile, 'utf8')).version
