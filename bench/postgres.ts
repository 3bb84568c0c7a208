import { createPostgres } from '../test/support/embedded-postgres.ts'

/** Runs `measure` beside a temporary PostgreSQL server, whose URL it receives. */
export async function withPostgres<T>(measure: (databaseUrl: string) => Promise<T>): Promise<T> {
  const postgres = await createPostgres({ connections: 100 })
  await postgres.start()
  try {
    return await measure(postgres.url)
  } finally {
    await postgres.stop()
  }
}
