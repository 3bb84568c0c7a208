/** Keeps the description of each row, since the store returns the same object while the row is unchanged. */
export function describedOnce<Row extends object, Description>(
  describe: (row: Row) => Description
): (row: Row) => Description {
  const known = new WeakMap<Row, Description>()
  return row => {
    const found = known.get(row)
    if (found !== undefined) return found
    const description = describe(row)
    known.set(row, description)
    return description
  }
}
