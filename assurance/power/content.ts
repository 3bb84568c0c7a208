/** The bytes of a file, which grow as it is written. */
export function createContent(initial: Buffer = Buffer.alloc(0)) {
  let bytes = Buffer.from(initial)
  let size = initial.length

  function reserve(needed: number) {
    if (needed <= bytes.length) return
    const larger = Buffer.alloc(needed * 2)
    bytes.copy(larger, 0, 0, size)
    bytes = larger
  }

  return {
    write(offset: number, data: Buffer) {
      reserve(offset + data.length)
      data.copy(bytes, offset)
      size = Math.max(size, offset + data.length)
    },
    resize(to: number) {
      reserve(to)
      bytes.fill(0, Math.min(to, size))
      size = to
    },
    read: (from = 0, to = size) => bytes.subarray(from, Math.min(to, size))
  }
}

export type Content = ReturnType<typeof createContent>
