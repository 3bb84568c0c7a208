import { type Content, createContent } from './content.ts'
import { type Change, pageBytes, type Random, tornContent } from './torn.ts'

/**
 * A file, as its readers see it and as the disk has it. A sync writes the changes from before it began. When it fails,
 * Linux takes the pages for written all the same: later syncs leave them out until they are written to again, and then
 * write each of them whole. The disk keeps their old content.
 */
export function createFile() {
  const cached = createContent()
  const durable = createContent()
  let pending: Change[] = []
  const stale = new Set<number>()

  function wholePage(page: number, time: number): Change {
    const begin = page * pageBytes
    return { time, offset: begin, data: Buffer.from(cached.read(begin, begin + pageBytes)) }
  }

  return {
    cached: () => cached.read(),

    write(time: number, offset: number, data: Buffer) {
      cached.write(offset, data)
      pending.push({ time, offset, data })
      for (const page of pagesOf(offset, data.length)) {
        if (stale.delete(page)) pending.push(wholePage(page, time))
      }
    },

    resize(time: number, size: number) {
      cached.resize(size)
      for (const page of stale) if (page * pageBytes >= size) stale.delete(page)
      pending.push({ time, size })
    },

    /** A sync that began at `begun` has succeeded. */
    sync(begun: number) {
      for (const change of pending) if (change.time <= begun) apply(durable, change)
      pending = pending.filter(({ time }) => time > begun)
    },

    /** A sync that began at `begun` has failed. */
    failSync(begun: number) {
      const lost = pending.filter(change => 'data' in change && change.time <= begun)
      pending = pending.filter(change => !lost.includes(change))
      const rewritten = new Map(pending.flatMap(change => pagesIn(change).map(page => [page, change.time])))
      for (const page of new Set(lost.flatMap(pagesIn))) {
        const time = rewritten.get(page)
        if (time === undefined) stale.add(page)
        else pending.push(wholePage(page, time))
      }
    },

    /** What the disk surely has. */
    durable: () => durable.read(),
    /** What it may have, with a part of what is on its way. */
    torn: (random: Random) => tornContent(durable.read(), pending, random).read()
  }
}

export type File = ReturnType<typeof createFile>

function apply(content: Content, change: Change) {
  if ('data' in change) content.write(change.offset, change.data)
  else content.resize(change.size)
}

const pagesIn = (change: Change) => ('data' in change ? pagesOf(change.offset, change.data.length) : [])

function pagesOf(offset: number, length: number) {
  const first = Math.floor(offset / pageBytes)
  return Array.from({ length: Math.ceil((offset + length) / pageBytes) - first }, (_, index) => first + index)
}
