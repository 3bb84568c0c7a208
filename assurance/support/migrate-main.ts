import { openPostgres } from '../../src/store/engine/postgres.ts'
import { openSqlite } from '../../src/store/engine/sqlite.ts'
import { toStoreError } from '../../src/store/errors.ts'

// Applies the migrations of the folder in the second argument to the database that the first one names. Prints a line
// before.
const [url = '', folder = ''] = process.argv.slice(2)
try {
  const engine = url.startsWith('sqlite:') ? openSqlite(url.slice('sqlite:'.length)) : openPostgres(url)
  console.log('migrating')
  await engine.migrate(folder)
  await engine.close()
} catch (error) {
  console.log(toStoreError(error).message)
  process.exit(1)
}
