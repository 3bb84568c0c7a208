/** Keeps the description of each row, since the store returns the same object while the row is unchanged. */
export function describedOnce<Row extends object, Description>(
  describe: (row: Row) => Description
): (row: Row) => Description {
  const known = new WeakMap<Row, Description>()
  return row => {
    const description = known.get(row) ?? describe(row)
    known.set(row, description)
    return description
  }
}
