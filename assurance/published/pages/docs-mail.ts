import { type PageRow, serveCommand } from '../../support/page.ts'

/**
 * An account with an address, its access token, the administrator of the quick start, and `token_of PAGE`: the token of
 * the newest link to that page in the log.
 */
const before = `${serveCommand}
curl -s http://127.0.0.1:3000/users --json \\
  '{"username": "alice", "password": "correct horse battery staple", "email": "alice@example.com"}' > alice.json
ACCESS_TOKEN=$(curl -s http://127.0.0.1:3000/token -d grant_type=password -d username=alice \\
  --data-urlencode 'password=correct horse battery staple' | node -p 'JSON.parse(fs.readFileSync(0)).access_token')
printf 'a long passphrase of my own' | npx sallyport users create root --admin --password-stdin > root.txt
token_of() {
  until grep -q "/$1?token=" server.log; do sleep 0.1; done
  grep -o "/$1?token=[A-Za-z0-9._-]*" server.log | tail -1 | sed 's/.*token=//'
}
`

/** Requests a link again, which is mailed once the address is verified. */
const forgetPassword = `curl -s http://127.0.0.1:3000/password/forgot --json '{"email": "alice@example.com"}'`

export const pages: PageRow[] = [
  {
    path: 'docs/mail.md',
    before,
    standIns: {
      // test/plugins/mail.test.ts uses a mail server; here the messages are in the log.
      "SMTP_URL='smtps://user:password@mail.example.com' MAIL_FROM='Example <no-reply@example.com>' npx sallyport serve":
        ':',
      '\'{"token": "…"}\'': `"{\\"token\\": \\"$(token_of verify-email)\\"}"`,
      '\'{"token": "…",': `'{"token": "'$(${forgetPassword}; token_of reset-password)'",`,
      // The tests hash at a cost that doctor refuses.
      'TEXTS=texts npx sallyport doctor': 'BCRYPT_COST=12 TEXTS=texts npx sallyport doctor',
      'TEXTS=texts npx sallyport serve': `kill %1; wait; export TEXTS=texts\n${serveCommand}`
    },
    prints: [
      /^$/,
      /^$/,
      /^$/,
      /^\{"id":.*"invited_at":"[^"]+".*\}dave is created\. SMTP_URL is not set, .*\nhttp:\S+\/reset-password\?token=\S+\n$/,
      /^ok +settings +Every setting is valid\.$/m
    ]
  }
]
