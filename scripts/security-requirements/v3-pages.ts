import { chapter, type Requirement, without } from './requirement.ts'
import { noMarkup, noStore, pageOfLink, pagesPolicy, textOnPages } from './shared.ts'

const consoleFiles = 'console/src/'
const noCookies = 'No response sets a cookie, and nothing reads one: tokens travel in headers and bodies.'

const pageHeaders = 'src/pages/page-headers.ts'
const consolePolicy = 'the page and its assets load nothing from elsewhere and cannot be framed (CSP 3)'
const linkPolicy = 'a page runs no script, cannot be framed, and sends its form to this server only (CSP 3)'

/** ASVS V3.1 to V3.4: what browsers show, and headers for them. */
export const v3Pages: Requirement[] = [
  ...chapter('V3.1 Web Frontend Security Documentation', [
    [
      '3.1.1',
      '3',
      'Documents say which protections of the browser are needed, and what happens without them',
      'in part',
      {
        where: ['docs/console.md', 'SECURITY.md'],
        note: 'They name the policies that the pages send, and not what a browser does that ignores them.'
      }
    ]
  ]),
  ...chapter('V3.2 Unintended Content Interpretation', [
    [
      '3.2.1',
      '1',
      'A browser cannot be made to show a response as something else',
      'met',
      {
        where: ['plugins/http/headers.ts', 'src/pages/page-headers.ts'],
        tests: [
          noStore,
          pagesPolicy,
          'the page and its assets load nothing from elsewhere and cannot be framed (CSP 3)'
        ],
        note: 'Every response has `nosniff` and its exact type. There are no uploads.'
      }
    ],
    [
      '3.2.2',
      '1',
      'Text is shown by functions that make no markup of it',
      'met',
      {
        where: [consoleFiles],
        tests: [
          textOnPages,
          'names are shown as text, whatever they contain',
          'opens an event by the keyboard, as text whatever it contains'
        ]
      }
    ],
    [
      '3.2.3',
      '3',
      'Elements of the page cannot replace variables of the program',
      'met',
      {
        where: [consoleFiles],
        tests: [textOnPages, noMarkup],
        note: 'The console is made of modules without global variables. No id or name of an element comes from users.'
      }
    ]
  ]),
  ...chapter(
    'V3.3 Cookie Setup',
    without(noCookies, [
      ['3.3.1', '1', 'Cookies are `Secure`, and their names have a prefix'],
      ['3.3.2', '2', 'Cookies have a fitting `SameSite`'],
      ['3.3.3', '2', 'Names of cookies begin with `__Host-`'],
      ['3.3.4', '2', 'Cookies that scripts need not read are `HttpOnly`'],
      ['3.3.5', '3', 'Cookies are not too large for a browser']
    ])
  ),
  ...chapter('V3.4 Browser Security Mechanism Headers', [
    [
      '3.4.1',
      '1',
      'Every response has `Strict-Transport-Security` for a year; at level 2 with subdomains',
      'met',
      {
        where: ['src/response-headers.ts', 'plugins/http/headers.ts'],
        tests: ['browsers use https as the app says, and otherwise as Sallyport does (RFC 6797 §7.1)'],
        note: 'With an https issuer. If the issuer has a path, the host is that of another site, and the hosts below it are left out.'
      }
    ],
    [
      '3.4.2',
      '1',
      '`Access-Control-Allow-Origin` is fixed or from a list, and `*` only without sensitive data',
      'met',
      {
        where: ['plugins/http/cors.ts', 'src/config/risks.ts'],
        tests: [
          'by default, pages of other origins cannot read answers',
          'only pages of allowed origins can read answers (Fetch §3.2)',
          'NODE_ENV=production refuses them all at once, unless INSECURE=allow'
        ],
        note: '`*` is refused in production; cookies are never allowed.'
      }
    ],
    [
      '3.4.3',
      '2',
      'A policy says what a page may load; at level 3 with a nonce or hash in each response',
      'in part',
      {
        where: [pageHeaders, 'plugins/console.ts'],
        tests: [
          consolePolicy,
          linkPolicy,
          pagesPolicy,
          'injected scripts and styles do not run on the docs page (CSP 3 §6)'
        ],
        note: "Every page has one, beginning with `default-src 'none'`; that of the console has `trusted-types 'none'` too. Other responses have none."
      }
    ],
    [
      '3.4.4',
      '2',
      'Every response has `X-Content-Type-Options: nosniff`',
      'met',
      {
        where: ['plugins/http/headers.ts'],
        tests: [noStore, 'a path that is too long is a 414 that does not repeat it, with the usual headers']
      }
    ],
    [
      '3.4.5',
      '2',
      'The referrer tells other sites nothing sensitive',
      'met',
      {
        where: [pageHeaders],
        tests: [consolePolicy, pagesPolicy, pageOfLink],
        note: '`no-referrer` on every page.'
      }
    ],
    [
      '3.4.6',
      '2',
      'Every response forbids embedding with `frame-ancestors`',
      'in part',
      {
        where: [pageHeaders],
        tests: [consolePolicy, linkPolicy, 'pages of other sites cannot frame the docs page (RFC 7034, CSP 3 §6.4.2)'],
        note: 'Every page does. Responses of the API do not; they have nothing to click.'
      }
    ],
    [
      '3.4.7',
      '3',
      'The policy names where violations are reported',
      'not met',
      { note: 'The server has no address for such reports.' }
    ],
    [
      '3.4.8',
      '3',
      'Every page has `Cross-Origin-Opener-Policy`',
      'met',
      { where: [pageHeaders], tests: [consolePolicy, pagesPolicy] }
    ]
  ])
]
