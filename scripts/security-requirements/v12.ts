import { chapter, type Requirement, without } from './requirement.ts'
import { insecureRefused, yourTls } from './shared.ts'

const certificate = 'nothing is sent to a mail server with an invalid certificate'

/** ASVS V12: TLS. */
export const v12: Requirement[] = [
  ...chapter(
    'V12.1 General TLS Security Guidance',
    without(yourTls, [
      ['12.1.1', '1', 'Only current versions of TLS'],
      ['12.1.2', '2', 'Only recommended cipher suites'],
      ['12.1.3', '2', 'Certificates of clients are verified before they count'],
      ['12.1.4', '3', 'Revoked certificates are recognized'],
      ['12.1.5', '3', 'Encrypted Client Hello hides the name of the host']
    ])
  ),
  ...chapter('V12.2 HTTPS Communication with External Facing Services', [
    [
      '12.2.1',
      '1',
      'Clients reach the service by TLS only',
      'in part',
      { where: ['src/config/risks.ts', 'docs/operating.md'], tests: [insecureRefused], note: yourTls }
    ],
    ...without('A duty of your proxy.', [['12.2.2', '1', 'Certificates are trusted publicly']])
  ]),
  ...chapter('V12.3 General Service to Service Communication Security', [
    [
      '12.3.1',
      '2',
      'All connections in and out are encrypted',
      'in part',
      {
        where: ['plugins/mail.ts', 'src/store/engine/postgres.ts', 'docs/operating.md'],
        tests: [certificate],
        note: 'The settings decide: `smtps://` or `requireTLS=true` for mail, `sslmode` in `DATABASE_URL`. The listeners for requests and metrics speak HTTP.'
      }
    ],
    [
      '12.3.2',
      '2',
      'Certificates of servers are verified',
      'in part',
      {
        where: ['plugins/mail.ts', 'src/doctor/issuer.ts'],
        tests: [certificate, 'a rejected certificate is an error that names the fault'],
        note: 'For mail and in `doctor`. For PostgreSQL, `sslmode=verify-full` in `DATABASE_URL` does; no test connects to it by TLS.'
      }
    ],
    [
      '12.3.3',
      '2',
      'HTTP between services is encrypted',
      'not met',
      { note: 'Between your proxy and the server it is not. Keep both on one machine or in one private network.' }
    ],
    [
      '12.3.4',
      '2',
      'Certificates between services come from named authorities',
      'not applicable',
      { note: 'There is no TLS between the proxy and the server.' }
    ],
    [
      '12.3.5',
      '3',
      'Services prove who they are to each other, by certificates',
      'not met',
      { note: 'The proxy is known by its address (`TRUST_PROXY`).' }
    ]
  ])
]
