import { chapter, type Requirement, without } from './requirement.ts'
import { assetsOnly, meNeedsScope, onlyAssets, pageOfLink, pagesPolicy } from './shared.ts'

const consoleFiles = 'console/src/'
const consolePlugin = 'plugins/console.ts'

/** ASVS V3.5 to V3.7: other origins, external resources and redirects. */
export const v3Origins: Requirement[] = [
  ...chapter('V3.5 Browser Origin Separation', [
    [
      '3.5.1',
      '1',
      'Requests that need no preflight are checked to come from the application itself',
      'met',
      {
        where: ['plugins/http/form.ts', 'routes/html-pages.ts'],
        tests: [
          'both engines: a page of another site cannot use up the attempts of its visitor (Fetch Metadata §2.1)',
          'pages of this site and of CORS_ORIGINS are served, and what is not a browser (Fetch Metadata §2.1)',
          'a form that no page of this server could send is refused with a page',
          meNeedsScope
        ],
        note: 'The OAuth endpoints refuse forms of other sites by `Sec-Fetch-Site`, which all current browsers send. The forms of mailed links carry the token of the link.'
      }
    ],
    [
      '3.5.2',
      '1',
      'What relies on the preflight cannot be called without one',
      'met',
      {
        where: ['plugins/http/json.ts', 'plugins/http/cors.ts'],
        tests: [
          'invalid JSON is 400, and another content type 415',
          'by default, pages of other origins cannot read answers',
          'only pages of allowed origins can read answers (Fetch §3.2)',
          meNeedsScope
        ],
        note: 'JSON and the `Authorization` header each need a preflight.'
      }
    ],
    [
      '3.5.3',
      '1',
      'Safe methods change nothing',
      'met',
      {
        where: ['routes/html-pages.ts'],
        tests: [pageOfLink, 'opening the page that undoes a change of address changes nothing, on both engines']
      }
    ],
    [
      '3.5.4',
      '2',
      'Separate applications have separate hosts',
      'in part',
      {
        where: ['docs/deploying.md', 'docs/embedding.md'],
        note: 'The console and the API are one application. Give the server a host of its own; in an app that embeds it, both share an origin.'
      }
    ],
    ...without('No page sends or receives messages of other windows.', [
      ['3.5.5', '2', 'Messages of other origins are discarded']
    ]),
    ...without('There is no JSONP.', [['3.5.6', '3', 'JSONP is not enabled']]),
    [
      '3.5.7',
      '3',
      'Scripts contain no data that needs authorization',
      'met',
      { where: [consolePlugin, 'console/build.mjs'], tests: [assetsOnly, onlyAssets] }
    ],
    [
      '3.5.8',
      '3',
      'Resources that need a login cannot be embedded by other sites',
      'met',
      {
        where: ['plugins/jwt.ts', 'src/pages/page-headers.ts'],
        tests: [meNeedsScope, pagesPolicy],
        note: 'A browser adds no token by itself, and pages have `Cross-Origin-Resource-Policy: same-origin`.'
      }
    ]
  ]),
  ...chapter('V3.6 External Resource Integrity', [
    [
      '3.6.1',
      '3',
      'Assets on other hosts are versioned and have a hash',
      'met',
      {
        where: ['console/build.mjs', 'plugins/http/openapi.ts'],
        tests: [
          'nothing names another host',
          'the /docs page is served from this package, with a policy that allows nothing else'
        ],
        note: 'There are none.'
      }
    ]
  ]),
  ...chapter('V3.7 Other Browser Security Considerations', [
    [
      '3.7.1',
      '2',
      'Only supported technologies of browsers are used',
      'met',
      { where: [consoleFiles], tests: [assetsOnly], note: 'HTML, CSS and JavaScript.' }
    ],
    [
      '3.7.2',
      '2',
      'Automatic redirects to other hosts go only where a list allows',
      'met',
      {
        where: ['routes/console-redirects.ts'],
        tests: [
          'leads a browser from / to the console, below the path of the issuer',
          'leads password managers to the page that changes a password (W3C change-password URL)'
        ],
        note: 'There are two redirects, both to fixed paths of this server.'
      }
    ],
    ...without('No page leads to another site.', [
      ['3.7.3', '3', 'The user is asked before a redirect to another site']
    ]),
    ...without('A property of your domain.', [['3.7.4', '3', 'The domain is in the preload list of HSTS']]),
    [
      '3.7.5',
      '3',
      'Browsers that lack a protection are treated as documented',
      'not met',
      { note: 'Pages do not test the browser.' }
    ]
  ])
]
