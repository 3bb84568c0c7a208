import { join } from 'node:path'
import t, { type Test } from 'tap'
import ts from 'typescript'
import { brokenExports } from '../../../scripts/broken-exports.ts'

/** What breaks between two modules. */
function compare(t: Test, old: string, current: string) {
  const folder = t.testdir({ 'old.d.ts': old, 'current.ts': current })
  const [before, now] = [join(folder, 'old.d.ts'), join(folder, 'current.ts')]
  const program = ts.createProgram([before, now], { strict: true, noEmit: true, types: [], lib: ['lib.es2023.d.ts'] })
  return brokenExports(program, before, now)
}

t.test('What a program can use as before is no change', async t => {
  const old = `export declare function open(options: Options): { id: string }
    export interface Options { url: string }
    export declare class Fault extends Error { code: string }`
  const current = `export function open(options: Options) { return { id: options.url, more: 1 } }
    export interface Options { url: string; limit?: number }
    export class Fault extends Error { code = 'a'; status = 1 }
    export const added = 1`
  t.strictSame(compare(t, old, current), [])
})

t.test('A removed export, a removed member and a new requirement are changes', async t => {
  const old = `export declare function open(options: Options): { id: string }
    export interface Options { url?: string; limit?: number }
    export interface Found { id: string }
    export declare const gone: string
    export declare const value: string`
  const current = `export function open(options: Options) { return { name: options.url } }
    export interface Options { url: string }
    export interface Found { id: number }
    export type value = string`
  t.strictSame(compare(t, old, current), [
    'open cannot be used as before.',
    'Options has no limit.',
    'Found is another type.',
    'gone is gone.',
    'value is only a type.'
  ])
})
