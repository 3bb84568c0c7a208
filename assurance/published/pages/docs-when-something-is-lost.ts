import { enrolAlice, makeAlice, type PageRow, serveCommand } from '../../support/page.ts'

/** The key that signed before the newest one. */
const formerKey = 'npx sallyport keys list --json | node -p "JSON.parse(fs.readFileSync(0)).at(-2).kid"'

/** What `secret rotate` prints when it has encrypted everything. */
const rotated =
  /^Encrypted with SECRET: 1 signing key\(s\), 0 app\(s\) .*\nNothing that is stored needs SECOND_SECRET any more\. /

export const pages: PageRow[] = [
  {
    path: 'docs/when-something-is-lost.md',
    before: serveCommand + makeAlice + enrolAlice,
    standIns: {
      'npx sallyport users set-password NAME':
        "printf 'another horse battery staple' | npx sallyport users set-password NAME --password-stdin",
      NAME: 'alice',
      'rotate-secret alice':
        'create alice --confidential --grants client_credentials --scopes introspect > client.txt; npx sallyport clients rotate-secret alice',
      // The accounts above include an administrator.
      'npx sallyport setup-link':
        'export DATABASE_URL=sqlite:empty/sallyport.db; npx sallyport migrate > migrated.txt 2>&1; npx sallyport setup-link; unset DATABASE_URL',
      '(umask 077; openssl rand -base64 32 > data/secret)':
        'kill $!; wait; rm data/secret; (umask 077; openssl rand -base64 32 > data/secret)',
      'secret discard': 'secret discard --yes',
      'SECOND_SECRET_FILE=old-secret npx sallyport serve': `SECOND_SECRET_FILE=old-secret ${serveCommand}`,
      // The same secret, as `init` writes it.
      'sed -i': 'kill $!; wait; echo "SECRET=$(cat data/secret)" > .env; rm data/secret\nsed -i',
      '>> .env\nnpx sallyport serve': `>> .env\n${serveCommand}`,
      'retire KID': `retire "$(${formerKey})"`
    },
    prints: [
      /^alice has a new password, /,
      /^username[\s\S]*\nalice [\s\S]*\nalice is enabled\.\nScopes of alice: me users:read users:write clients:read clients:write keys:read keys:write audit:read introspect\n$/,
      /^http:\/\/127\.0\.0\.1:3000\/console\/#setup=\S+\n$/,
      /^alice has no second factor, and every login has ended\.\n/,
      /Ended \d+ login\(s\) of alice\.\n$/,
      /^client_id +\S+\n[\s\S]*client_secret +\S+/,
      /^Removed 1 signing key\(s\), and second factors of 0 account\(s\)\.\n$/,
      /^$/,
      rotated,
      /^$/,
      rotated,
      /signs now\.\n[\s\S]*expired/
    ]
  }
]
