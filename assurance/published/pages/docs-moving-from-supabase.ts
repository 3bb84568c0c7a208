import type { PageRow } from '../../support/page.ts'

const from = '--from postgres://postgres@db.example.com/postgres'

export const pages: PageRow[] = [
  {
    path: 'docs/moving-from-supabase.md',
    // test/commands/users-import.test.ts imports from such a table, and from the view of the page.
    standIns: {
      [`npx sallyport users import --preset supabase ${from}`]: ':',
      [`psql ${from.slice('--from '.length)}`]: ':'
    },
    prints: [/^$/, /^$/]
  }
]
