import { defineConfig } from 'drizzle-kit'

const dialect = process.env.DIALECT === 'postgres' ? 'postgres' : 'sqlite'

/** `npm run migrations` calls drizzle-kit once for each engine, with DIALECT set. */
export default defineConfig({
  dialect: dialect === 'postgres' ? 'postgresql' : 'sqlite',
  schema: `./src/store/schema/${dialect}.ts`,
  out: `./migrations/${dialect}`
})
