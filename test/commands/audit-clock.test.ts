import { createCli } from '../support/cli.ts'
import { databaseUrl } from '../support/engines.ts'
import { pgTest } from '../support/pg-test.ts'
import { execute, recordMany } from '../support/store.ts'

/** Makes the clock of the PostgreSQL database at `url` differ by `interval`. */
const moveClock = (url: string, interval: string) =>
  execute(
    url,
    `CREATE SCHEMA moved;
    CREATE FUNCTION moved.clock_timestamp() RETURNS timestamptz LANGUAGE sql
      AS $$ SELECT pg_catalog.clock_timestamp() + interval '${interval}' $$;
    DO $$ BEGIN
      EXECUTE format('ALTER DATABASE %I SET search_path = moved, pg_catalog, public', current_database());
    END $$`
  )

pgTest('audit prune deletes nothing when the clocks differ by more than a minute, and says so', async t => {
  const url = await databaseUrl(t, 'postgres')
  const settings = {
    DATABASE_URL: url,
    ISSUER: 'https://auth.example.com',
    SECRET: 'a secret of the tests, 32 bytes or more'
  }
  const { sallyport } = createCli(t, settings)
  t.equal((await sallyport(['audit', 'prune', '--older-than', '90d'])).code, 0)
  await recordMany(url, 5)
  await moveClock(url, '-400 days')
  const { code, out, err } = await sallyport(['audit', 'prune', '--older-than', '90d'])
  t.same([code, out], [1, ''])
  t.match(
    err,
    /^The clock of this machine is 345\d{5} s ahead of the clock of the database\. Nothing was deleted\. Correct the clock\.\n$/
  )
  t.equal((await sallyport(['users', 'list'])).code, 0, 'other commands work')
})
