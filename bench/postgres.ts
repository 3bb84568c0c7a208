import { createPostgres } from '../test/support/embedded-postgres.ts'

/** Runs `measure` beside a PostgreSQL server of its own, at the URL that it is given. */
export async function withPostgres<T>(measure: (databaseUrl: string) => Promise<T>): Promise<T> {
  const postgres = await createPostgres({ connections: 100 })
  await postgres.start()
  try {
    return await measure(postgres.url)
  } finally {
    await postgres.stop()
  }
}
