import type { PageRow } from '../../support/page.ts'

/** The files and databases of other applications, each with an account. */
const otherApplications = `
/usr/bin/python3 - <<'END'
import sqlite3
digest = "$2b$04$6qp2kIPwWTm2Gw4LVx.exur/s7RbrZwycOv3vaUAayBtuSryDPMC2"
for path, columns, values in [
    ("test.db", "users (id, username, email, full_name, hashed_password, disabled)", (1, "bob", "b@example.com", "", digest, 0)),
    ("app.db", "user (id, email, hashed_password, is_active, is_superuser, is_verified)", (1, "c@d.example", digest, 1, 0, 1)),
    ("shop.db", "people (login, mail, digest, is_on)", ("dora", "d@example.com", digest, 1)),
]:
    with sqlite3.connect(path) as db:
        db.execute(f"CREATE TABLE {columns}")
        db.execute(f"INSERT INTO {columns.split()[0]} VALUES ({', '.join('?' * len(values))})", values)
open("users.csv", "w").write(f"username,email,password_hash\\nemil,e@example.com,{digest}\\n")
firebase = {"localId": "x1", "email": "alice@example.com", "emailVerified": True, "createdAt": "1735787045678", "salt": "c2FsdHNhbHQ=",
    "passwordHash": "o97a4WAplC-99bwIWwI_L12qGxeFZvYboQDh8A3Bl-UGsGTCU-eP31MlZTdXIsp1iPBIIJ6ItFHEF8rCq73GCA=="}
auth0 = {"email": "gus@example.com", "email_verified": True, "passwordHash": digest, "app_metadata": {"roles": ["editor"]}}
import json
open("firebase.ndjson", "w").write(json.dumps(firebase) + "\\n")
open("auth0.ndjson", "w").write(json.dumps(auth0) + "\\n")
open("hash-config.txt", "w").write("hash_config {\\n  base64_signer_key: jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==,\\n"
    "  base64_salt_separator: Bw==,\\n  rounds: 8,\\n  mem_cost: 14,\\n}\\n")
open("people.ndjson", "w").write('{"login": "fay", "digest": "%s"}\\n' % digest)
END
`

export const pages: PageRow[] = [
  {
    path: 'docs/moving-in.md',
    before: `${otherApplications}PASSWORD='correct horse battery staple'\n`,
    standIns: {
      'firebase auth:export users.json --format=json': ':',
      "jq -c '.users[]' users.json > firebase.ndjson": ':'
    },
    prints: [
      /^row 1 \(bob\): to be created\n1 .* to be created, [\s\S]*\nNothing was written\.\n[\s\S]*1 account\(s\) created, 0 unchanged, 0 row\(s\)/,
      /^1 account\(s\) created, .*\nIn 1 username\(s\), a dot replaces the @/,
      /^1 account\(s\) created, /,
      /^1 account\(s\) created, [\s\S]*\n1 account\(s\) created, /,
      /^$/,
      /^The password fits the hash of alice@example\.com\.\n1 account\(s\) created, /,
      /^1 account\(s\) created, [\s\S]*claims/,
      /^$/
    ]
  }
]
