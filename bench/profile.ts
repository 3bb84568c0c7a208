import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { join } from 'node:path'

/** A profile of V8, with the fields that are read here. */
export interface Profile {
  nodes: { id: number; callFrame: Frame; children?: number[] }[]
  /** The node that was running, at regular times. */
  samples: number[]
}

interface Frame {
  functionName: string
  url: string
  /** Both from 0. */
  lineNumber: number
  columnNumber: number
}

/** The name of a function with its source, such as `src/errors.ts create`, by its position in the program. */
export type NameOf = (frame: Frame) => string

/** Names functions by the source map beside their file, if it has one. */
export function sourceNames(): NameOf {
  const maps = new Map<string, SourceMap | undefined>()
  function mapOf(file: string) {
    if (!maps.has(file)) {
      const isMapped = existsSync(`${file}.map`)
      maps.set(file, isMapped ? new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8'))) : undefined)
    }
    return maps.get(file)
  }
  return ({ url, functionName, lineNumber, columnNumber }) => {
    const file = url.replace('file://', '')
    const entry = mapOf(file)?.findEntry(lineNumber, columnNumber)
    const source = entry && 'originalSource' in entry ? join(entry.originalSource) : file
    return `${source.replace(/^(\.\.\/)+/, '')} ${functionName}`
  }
}

/** A part of a program, and the functions that begin it, by their names. */
export interface ProfilePart<Key extends string = string> {
  key: Key
  begins: RegExp
}

/**
 * Divides the samples of a profile among parts. A sample belongs to the part that the innermost function begins, or
 * else the function that called it, and so on. If a function begins two parts, the later one counts. The
 * returned function tells the share of a part, from 0 to 1.
 */
export function shares<Key extends string>(
  { nodes, samples }: Profile,
  nameOf: NameOf,
  parts: readonly ProfilePart<Key>[]
): (key: Key) => number {
  const byId = new Map(nodes.map(node => [node.id, node]))
  const partOf = new Map<number, Key | undefined>()
  function visit(id: number, caller?: Key) {
    const { callFrame, children = [] } = byId.get(id) as Profile['nodes'][number]
    const name = nameOf(callFrame)
    const part = parts.findLast(({ begins }) => begins.test(name))?.key ?? caller
    partOf.set(id, part)
    for (const child of children) visit(child, part)
  }
  // The first node is the root, and the others descend from it.
  if (nodes[0]) visit(nodes[0].id)
  return key => samples.filter(id => partOf.get(id) === key).length / (samples.length || 1)
}
