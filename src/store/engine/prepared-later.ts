/** A query that can be prepared. */
export interface Query<Found> {
  prepare(name: string): { execute(values: Record<string, unknown>): PromiseLike<Found[]> }
}

/**
 * Runs the query that `build` returns, prepared under `name`, with the values of its placeholders. It is prepared at
 * the first use, because SQLite cannot prepare a statement for a table that does not exist yet.
 */
export function preparedLater<Found>(name: string, build: () => Query<Found>) {
  let query: ReturnType<Query<Found>['prepare']> | undefined
  return (values: Record<string, unknown> = {}) => {
    query ??= build().prepare(name)
    return query.execute(values)
  }
}
