import { type PageRow, serveCommand } from '../../support/page.ts'

export const pages: PageRow[] = [
  {
    path: 'docs/data.md',
    before: serveCommand,
    standIns: {
      'sudo install -d -m 0700 -o "$(id -un)" /backups': 'install -d -m 0700 backups',
      '/backups/': 'backups/',
      'sallyport-2026-01-31.': 'sallyport-$(date +%F).',
      // assurance/published/postgres-backup.test.ts runs these.
      'sudo -u postgres': ':',
      // test/store/copy.test.ts does so.
      'npx sallyport database copy': ': npx sallyport database copy',
      // A restore waits for no server.
      'npx sallyport restore': 'kill %1; wait; npx sallyport restore'
    },
    prints: [
      /^file {6}backups\/sallyport-\d{4}-\d\d-\d\d\.db\naccounts {2}0\nclients {3}0\nkeys {6}1\nsessions {2}0\nbytes {5}\d+\nThe backup does not contain the secret \(SECRET, or the file `secret` beside the database\)\. Keep a copy of it in another place\.\n$/,
      /^$/,
      /^Restored \S+\/data\/sallyport\.db: 0 account\(s\), 0 client\(s\), 1 key\(s\)\. Ended 0 login\(s\)\. The previous database is \S+\/data\/sallyport\.db\.before-restore\.\n$/,
      /^The database is up to date\.\nEnded 0 login\(s\)\.\n$/,
      /^$/
    ]
  }
]
