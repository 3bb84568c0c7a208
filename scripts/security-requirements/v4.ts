import { chapter, type Requirement, without } from './requirement.ts'
import { documented, forwardedFor, otherMethods, smuggling } from './shared.ts'

const http1 = 'The server speaks HTTP/1.1. HTTP/2 is a matter of your proxy, or of the app that embeds it.'

/** ASVS V4: APIs. */
export const v4: Requirement[] = [
  ...chapter('V4.1 Generic Web Service Security', [
    [
      '4.1.1',
      '1',
      'Every response with a body has its type, and for text its charset',
      'met',
      { where: ['plugins/http/headers.ts', 'src/app.ts'], tests: [documented] }
    ],
    [
      '4.1.2',
      '2',
      'Only pages are redirected from http to https',
      'not applicable',
      {
        note: 'The server redirects no request to https: that is a matter of your proxy. Let it refuse http for the API.'
      }
    ],
    [
      '4.1.3',
      '2',
      'A user cannot set the headers that a proxy sets',
      'met',
      {
        where: ['plugins/http/forwarded.ts', 'deploy/nginx.conf', 'examples/nginx/'],
        tests: [
          forwardedFor,
          'no proxy forwards a client address that the client wrote',
          'identity headers from a client never pass, even where Sallyport sends none'
        ]
      }
    ],
    [
      '4.1.4',
      '3',
      'Methods that are not used are refused',
      'met',
      {
        where: ['plugins/http/methods.ts'],
        tests: [otherMethods, 'an unknown URL is 404, and another method is 405 with Allow (RFC 9110 §15.5.5, §15.5.6)']
      }
    ],
    [
      '4.1.5',
      '3',
      'Very sensitive requests are signed one by one',
      'not met',
      { note: 'Requests carry bearer tokens.' }
    ]
  ]),
  ...chapter('V4.2 HTTP Message Structure Validation', [
    [
      '4.2.1',
      '2',
      'Every part agrees where a request ends',
      'met',
      {
        where: ['src/app.ts', 'deploy/nginx.conf', 'deploy/haproxy.cfg'],
        tests: [
          smuggling,
          'bytes after a too small Content-Length never become a second request',
          'the proxies have the same limits as the server'
        ]
      }
    ],
    [
      '4.2.2',
      '3',
      'The length of a response is that of its content',
      'met',
      {
        where: ['src/app.ts'],
        tests: [
          'pipelined requests are answered in order, and a half-closed connection is closed',
          'HEAD, ranges and conditions work, and the headers of the app stay where the page has none'
        ]
      }
    ],
    ...without(http1, [
      ['4.2.3', '3', 'HTTP/2 messages have no headers of a connection'],
      ['4.2.4', '3', 'HTTP/2 headers have no line breaks']
    ]),
    [
      '4.2.5',
      '3',
      'Requests that the program builds are not too long for their receiver',
      'met',
      {
        where: ['src/auth/scopes.ts'],
        tests: [
          'the scopes an account may have fit into a token, and the token into a header (limit: 8 KiB)',
          'a response with every member that browsers send fits into the body limit'
        ]
      }
    ]
  ]),
  ...chapter(
    'V4.3 GraphQL',
    without('There is no GraphQL.', [
      ['4.3.1', '2', 'Expensive queries are limited'],
      ['4.3.2', '2', 'Introspection is turned off']
    ])
  ),
  ...chapter(
    'V4.4 WebSocket',
    without('There are no WebSockets.', [
      ['4.4.1', '1', 'WebSockets use TLS'],
      ['4.4.2', '2', 'The origin of the handshake is checked'],
      ['4.4.3', '2', 'Own tokens of WebSockets follow the rules for sessions'],
      ['4.4.4', '2', 'They come from the session over https']
    ])
  )
]
