import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of the package, which has the migrations and the built console. Compiled code is one level deeper. */
export const packageFolder = ['../..', '../../..']
  .map(up => join(import.meta.dirname, up))
  .find(folder => existsSync(join(folder, 'package.json'))) as string

/** The version in package.json. */
export const packageVersion: string = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')).version
