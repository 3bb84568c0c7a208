import { hashRaw } from '@node-rs/argon2'
import t from 'tap'
import { isKnownHash, matchesHash } from '../../../src/auth/hashing/stored-hashes.ts'
import { loadBcrypt } from '../../../src/wiring/bcrypt.ts'

const libraries = { bcrypt: await loadBcrypt(), argon2: { hashRaw } }
const matches = (password: string, stored: string) => matchesHash(password, stored, libraries)

const password = 'correct horse battery staple'
/**
 * A hash of this password in each form, made by Django 4.2.30, passlib 1.7.4, bcrypt 4.2.0, argon2-cffi 21.1.0,
 * better-auth 1, Lucia 2 and 3, Werkzeug 3 or firebase-scrypt 2.2.0. Those of Lucia 1 and fastify/demo are made with
 * their parameters.
 * test/vectors has more of passlib.
 */
const hashes: Record<string, string> = {
  'passlib bcrypt': '$2b$04$j0wKxPKBebC4XofYXtuelOdRvehOluM.NL5XHhG1nsX.3tQCIIhiK',
  'passlib bcrypt 2a': '$2a$04$zW0vAlIITciupTb3veR8UuPpzXISiUmkE9BAwQW8wmZB4ygtqkIpe',
  'passlib bcrypt 2y': '$2y$04$d9y9gaUtNwF1nK0vqdCgaOKmgpoH4mmREPRhXklU7gZqGS0tlsmiK',
  'passlib bcrypt_sha256 v2': '$bcrypt-sha256$v=2,t=2b,r=4$W2CfDxSq1RYT4yhqGWhaLu$72YeW.TwFgDr0eM/E.Aga.FdnjehHmO',
  'passlib bcrypt_sha256 v1': '$bcrypt-sha256$2b,4$hb6W8/gE8gU4nh2Jt7luDu$47BKOJIM7iah8GTrKUTJRgQ/dlqfnTq',
  'passlib bcrypt_sha256 v1 2a': '$bcrypt-sha256$2a,4$QZ.4lFZbxNGH6kYn9IP4a.$LBZ.lJlxkzCz54HX.KXybq0g5DNXXJ2',
  'passlib pbkdf2_sha256': '$pbkdf2-sha256$1000$LqV0DsEYg/BeqxUCgBCi9A$5QAZbkraZ4pD4h39cBN7y1y9E5yphXuWJiBQz4ozCGQ',
  'django bcrypt': 'bcrypt$$2b$04$U./U2CRu50WMlnY1up/ejOENUCv5ocPILmr6JERVUfp9MyT.Wetfm',
  'django bcrypt_sha256': 'bcrypt_sha256$$2b$04$buW7WIMuExzPFXyDvJtkQO9wURGopAFytxS65q1X.o6bj5G56aAc2',
  'django pbkdf2_sha256': 'pbkdf2_sha256$1000$LbtUIB4B2EAiFow8hQ4joe$R2m8n+u1Crs4IO717JRQw/kGZ38U6pSK4NJSFU5F0ig=',
  'django argon2': 'argon2$argon2id$v=19$m=512,t=2,p=2$SnBzc3NYWkV2OHR2ekYwcFJsS3IzNA$K41sKGe8wlen7uyzxV4EEw',
  argon2id: '$argon2id$v=19$m=512,t=1,p=1$ChkteSycRSh2ISGYDI/4jg$RtG5hvoiwL0pMkgdK8wuJw',
  'argon2id, 64 bytes':
    '$argon2id$v=19$m=512,t=3,p=16$CfKKgBAFWcc$T4gaWOvaIxjrEAsgpQmEWos+tNfSSankGqAnod7Y5uj9qyXL6jPfFN915rBvsGRp40uN5OlIptfBehI59q0X/A',
  argon2i: '$argon2i$v=19$m=512,t=2,p=2$gl4IfMvbR5ezw5FrlkXjcQ$70N1XfFuIZn7rqrNkrxb6g',
  'argon2id of ten passes':
    '$argon2id$v=19$m=512,t=10,p=1$c2FsdHNhbHRzYWx0c2FsdA$c5K6N6X5O6p9hLojvR7vfhpR9QLW/lH5KauVCY5aQ5M',
  'better-auth':
    '4fee6a356edbc009ee670baf7259d0d5:88cfafec299c1e96682967084a96608a7a4d1aeaa51fdd9a3caab3e3774a271bd3cf259581b3492809795893ef2adeec675e5f3c68bfa1d62a4ffbbc9840255e',
  'Lucia 3':
    '73c0c97d6b5b8958dfda7397c69585c1:62930b908f50734393d6ebd6a140a3a23d09d7de34d4a6f2e5ce66bdfccc97368bea7e22f18c5dc0dcd7d0a8e3796dc08cb9724ebabfb257e84cbb02adc8a53e',
  'Lucia 3, LegacyScrypt':
    's2:5b74b64c4b63feb66b5f025e21beedfe:9d4f84c9a633143a8dd9353d649412fc5fdd414413c63560880f6524dcb5efeeebc0781461a7f04de1aaba0adfae8bbdeb809d694dbff4242c3ecde0e0622e10',
  'Lucia 2':
    's2:qvgto1pd2i678io6:c65788a6723b8d4e17436603f7a9b67a64ca5e5bbe03070d7b349791ebe507205e0d4686fdfb823e4201b06cc1a34d04bae0a54c738deed643cdc957b77941b5',
  'Lucia 1':
    'k3x9q0b7m2t5w8z1:600e16bf4ed64dd758019fd597c5c7769595d82f7622cb37760cf8f64efe1b45c8d519c446cbf50557412c66ad26b04f3d71cab2867fbcd9b1ad6a65eda6d51b',
  'fastify/demo': '00112233445566778899aabbccddeeff.7580437295aecf7de35900cbb044d1a9123ac5904a476edb8339aab096a6a039',
  Werkzeug:
    'scrypt:32768:8:1$DN7jBR2HZAVDfSJK$f5f9831c2bc933456e2298039637e76d634e1fd03f76d1a78cde3b93a6cd52a77213b93c77d5cd94a3b24b85809c3cbe7368f4040225f96e283dc45fc8336eaa',
  'passlib scrypt': '$scrypt$ln=14,r=8,p=1$aS2F0Nrbu9c6BwCgNCbk/A$LZgNU1R2zSkIPlpewvs6iQvr1Jp7YAdZaRQ0ab9yW88',
  Firebase:
    '$firebase-scrypt$ln=14,r=8$Bw==$jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$c2FsdHNhbHQ=$o97a4WAplC+99bwIWwI/L12qGxeFZvYboQDh8A3Bl+UGsGTCU+eP31MlZTdXIsp1iPBIIJ6ItFHEF8rCq73GCA=='
}

/** Hashes of 80 bytes by applications that cut a password after 72. */
const ofLong = [
  '$2b$04$aWvproiOxqHs7mrZ3h4qOOQ4sgnFe4cs3nmr.Lf193vx71FNgdMWO',
  'bcrypt$$2b$04$1TVbWcgG/BQTVwdx5W9e9eSZKWo5iG/BBKB3NQkdNBGPOw6gRs9D6'
]

t.test('A hash of each form that other applications store verifies with its password only', async t => {
  for (const [form, stored] of Object.entries(hashes)) {
    t.ok(isKnownHash(stored), form)
    t.equal(await matches(password, stored), true, form)
    for (const other of [`${password}r`, '', stored]) t.equal(await matches(other, stored), false, form)
  }
  const [same, cut] = ['d', 'e'].map(end => `80 bytes ${'d'.repeat(63)}${end.repeat(8)}`)
  for (const stored of ofLong)
    for (const given of [same, cut]) t.equal(await matches(String(given), stored), true, 'cut as it was there')
})

t.test('An altered hash matches nothing', async t => {
  for (const [form, stored] of Object.entries(hashes)) {
    const parts = stored.split('$')
    // In the digest, and in the salt or the part before it.
    const changed = [-10, -20, -45].map(
      at => `${stored.slice(0, at)}${stored.at(at) === 'x' ? 'y' : 'x'}${stored.slice(at + 1)}`
    )
    for (const altered of [
      ...[stored.replace(/=?$/, '').slice(0, -1), `${stored}A`, `${stored}\n`, ` ${stored}`, ...changed],
      ...[parts.slice(0, -1).join('$'), [...parts.slice(0, -1), ''].join('$')],
      stored.replace(/.{5}$/, tail => `*${tail.slice(1)}`)
    ])
      t.equal(await matches(password, altered), false, `${form}: ${altered}`)
  }
})
