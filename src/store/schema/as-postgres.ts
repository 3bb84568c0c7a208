/** What drizzle made for SQLite, in the types of PostgreSQL, for which the store is written. */
export const asPostgres = <T>(ofSqlite: object) => ofSqlite as unknown as T
