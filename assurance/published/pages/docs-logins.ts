import { makeAlice, type PageRow, serveCommand } from '../../support/page.ts'

/** `token_of_bob` prints the token of the link that verifies bob's address, and `code_in_log` the code to log in. */
const readMails = `
token_of_bob() {
  until grep -q bob@ server.log; do sleep 0.1; done
  grep -o "/verify-email?token=[A-Za-z0-9._-]*" server.log | sed 's/.*token=//'
}
code_in_log() {
  until grep -qE '"code":"[0-9]{6}"' server.log; do sleep 0.1; done
  grep -oE '"code":"[0-9]{6}"' server.log | grep -oE '[0-9]{6}'
}
`

/** Commands that start a server with one setting, in place of the one that runs. */
const restart = (setting: string) => `kill %1; wait; export ${setting}\n${serveCommand}`

export const pages: PageRow[] = [
  {
    path: 'docs/logins.md',
    before: serveCommand + makeAlice + readMails,
    standIns: {
      'RP_ID=localhost npx sallyport serve': `${restart('RP_ID=localhost')}
curl -s http://127.0.0.1:3000/authorize-challenge -d response_type=code -d code_challenge_method=S256 \\
  -d "code_challenge=$(printf %s verifier | openssl sha256 -binary | basenc --base64url | tr -d =)"`,
      'EMAIL_CODES=on npx sallyport serve': restart('EMAIL_CODES=on'),
      '\'{"token": "…"}\'': `"{\\"token\\": \\"$(token_of_bob)\\"}"`,
      '-d email_code=123456': '-d "email_code=$(code_in_log)"'
    },
    prints: [
      /{"recovery_codes":\["[A-Z2-7]{4}-/,
      /"insufficient_authorization"[\s\S]*{"access_token":/,
      /"insufficient_authorization".*"rpId":"localhost"/,
      /^$/,
      /^$/,
      /^{"access_token":/
    ]
  }
]
