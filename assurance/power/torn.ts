import type { createRandom } from '../../test/support/faults.ts'
import { type Content, createContent } from './content.ts'

export type Random = ReturnType<typeof createRandom>

/** A change of a file: data at an offset, or a new size. `time` counts the changes of all files. */
export type Change = { time: number; offset: number; data: Buffer } | { time: number; size: number }

/** The bytes in a page of the cache, and in a large sector. */
export const pageBytes = 4096
const smallSectorBytes = 512

/**
 * What a disk with the content `durable` may have while it writes the changes `pending`: a size that the file has had
 * since, and of each sector its content at some moment since. Data after a new size is on the disk only with that size.
 */
export function tornContent(durable: Buffer, pending: Change[], random: Random): Content {
  const sectorBytes = random.below(2) === 0 ? smallSectorBytes : pageBytes
  const resized = random.below(pending.length + 1)
  const until = moments(pending, resized, random)
  const content = createContent(durable)
  let size = durable.length
  for (const [index, change] of pending.entries()) {
    const isSized = index < resized
    if (!('data' in change)) {
      if (isSized) content.resize(change.size)
      size = isSized ? change.size : size
      continue
    }
    const end = change.offset + change.data.length
    if (isSized) size = Math.max(size, end)
    for (let from = change.offset; from < end; ) {
      const sector = Math.floor(from / sectorBytes)
      const to = Math.min((sector + 1) * sectorBytes, end)
      if (index < until(sector)) content.write(from, change.data.subarray(from - change.offset, to - change.offset))
      from = to
    }
  }
  content.resize(size)
  return content
}

/** Chooses how many of the changes each sector has: none, all or some, with a share of them for the whole file. */
function moments(pending: Change[], resized: number, random: Random) {
  const firstWithout = pending.findIndex((change, index) => 'size' in change && index >= resized)
  const most = firstWithout < 0 ? pending.length : firstWithout
  const keptPercent = random.below(101)
  const chosen = new Map<number, number>()
  const choose = () => (random.below(100) >= keptPercent ? 0 : random.below(3) === 0 ? random.below(most + 1) : most)
  return (sector: number) => {
    const moment = chosen.get(sector) ?? choose()
    chosen.set(sector, moment)
    return moment
  }
}
