import type { PageRow } from '../../support/page.ts'

/** A database of Django with an account: an editor of the staff, whose hash Django made. */
const django = `
/usr/bin/python3 - <<'END'
import sqlite3
with sqlite3.connect("db.sqlite3") as db:
    db.executescript("""
        CREATE TABLE auth_user (id INTEGER PRIMARY KEY, password, username, email, first_name, last_name, is_active,
            is_staff, is_superuser, date_joined);
        INSERT INTO auth_user VALUES (1, 'pbkdf2_sha256$1000$salt$nNr3AKmYFOXvzxzP+2VlPwJFPcGKllppLaQIvsodtc4=', 'Alice',
            'alice@example.com', 'Alice', 'Liddell', 1, 1, 0, '2024-01-31 12:00:00');
        CREATE TABLE auth_group (id INTEGER PRIMARY KEY, name);
        INSERT INTO auth_group VALUES (7, 'editors');
        CREATE TABLE auth_user_groups (id INTEGER PRIMARY KEY, user_id, group_id);
        INSERT INTO auth_user_groups VALUES (1, 1, 7);
    """)
END
`

export const pages: PageRow[] = [
  {
    path: 'docs/moving-from-django.md',
    before: django,
    prints: [
      /^row 1 \(alice\): to be created\n[\s\S]*\nNothing was written\.\n[\s\S]*\n1 account\(s\) created, [\s\S]*1 account\(s\) have claims/,
      /Alice Liddell[\s\S]*(editors[\s\S]*staff|staff[\s\S]*editors)/
    ]
  }
]
