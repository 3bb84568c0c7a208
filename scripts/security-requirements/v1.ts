import { chapter, type Requirement, without } from './requirement.ts'
import { documented, hostileRequests, protoIsText, repeatedParameter, validation } from './shared.ts'

const form = 'plugins/http/form.ts'
const html = 'src/pages/html.ts'
const otherLanguage = 'Sallyport has no such interpreter.'

/** ASVS V1: encoding and sanitization. */
export const v1: Requirement[] = [
  ...chapter('V1.1 Encoding and Sanitization Architecture', [
    [
      '1.1.1',
      '2',
      'Input is decoded once, before it is validated',
      'met',
      {
        where: [form, 'plugins/http/json.ts'],
        tests: [
          'a form is parsed as RFC 6749 Appendix B and the WHATWG define it',
          'invalid percent-encoding or UTF-8 is invalid_request (RFC 6749 Appendix B)',
          'invalid UTF-8 and other charsets are refused: nothing is guessed'
        ]
      }
    ],
    [
      '1.1.2',
      '2',
      'Output is encoded last, by the interpreter or just before it',
      'met',
      {
        where: [html, 'src/store/engine/dialect.ts', 'plugins/http/serialization.ts'],
        tests: ['text in a template is escaped once, and markup is not']
      }
    ]
  ]),
  ...chapter('V1.2 Injection Prevention', [
    [
      '1.2.1',
      '1',
      'Output is encoded for its place: HTML, attributes, header fields',
      'met',
      {
        where: [html, 'routes/verify.ts'],
        tests: [
          'any user name is escaped on a page',
          'a name is percent-encoded UTF-8, so that any fits in a header and none ends it (RFC 3986 §2.1)',
          'what others fill in is shown as text'
        ]
      }
    ],
    [
      '1.2.2',
      '1',
      'Untrusted parts of URLs are encoded, and only safe schemes are used',
      'met',
      {
        where: ['console/src/pages/audit/filters.ts', 'src/auth/pagination.ts'],
        tests: [
          'filters make the address from which they are read',
          'the address of the list has the filter, and nothing that does not restrict'
        ],
        note: 'No user can enter a URL that others see.'
      }
    ],
    [
      '1.2.3',
      '1',
      'Text is encoded when JavaScript or JSON is built',
      'met',
      {
        where: ['plugins/http/serialization.ts'],
        tests: [documented, hostileRequests],
        note: 'The server builds no JavaScript. A serializer made from the schema writes the JSON.'
      }
    ],
    [
      '1.2.4',
      '1',
      'Database queries have bound parameters',
      'met',
      {
        where: ['src/store/'],
        tests: [
          'a page is filtered by the beginning of username or address, without wildcards',
          'both engines: a view is read like a table, and names may contain quotation marks',
          hostileRequests
        ]
      }
    ],
    [
      '1.2.5',
      '1',
      'Operating system commands are protected from injection',
      'met',
      { where: ['src/'], note: 'The server starts no program.' }
    ],
    ...without(otherLanguage, [
      ['1.2.6', '2', 'LDAP queries are protected from injection'],
      ['1.2.7', '2', 'XPath queries are protected from injection'],
      ['1.2.8', '2', 'LaTeX processors are configured securely']
    ]),
    ...without('No regular expression is made from input.', [
      ['1.2.9', '2', 'Special characters are escaped in regular expressions']
    ]),
    [
      '1.2.10',
      '3',
      'Exported CSV follows RFC 4180 and escapes the first character of a formula',
      'in part',
      {
        where: ['src/transfer/export.ts'],
        tests: [
          'CSV has a header, a line for each account, and quotation marks where needed (RFC 4180)',
          '…: an import reads back the accounts that an export wrote'
        ],
        note: '`sallyport users export` writes values unchanged, so that an import reads back the same. Do not open the file in a spreadsheet.'
      }
    ]
  ]),
  ...chapter('V1.3 Sanitization', [
    ...without('Users send no markup. Every text is shown as text.', [
      ['1.3.1', '1', 'HTML from users is sanitized by a library']
    ]),
    [
      '1.3.2',
      '1',
      'No text is evaluated as code',
      'met',
      {
        where: ['src/', 'console/src/'],
        note: 'Libraries compile validators and serializers from the schemas of the routes, which contain no input.'
      }
    ],
    [
      '1.3.3',
      '2',
      'Data for a dangerous place is sanitized and limited in length',
      'met',
      {
        where: ['src/auth/users/identifiers.ts', 'src/auth/invisible-characters.ts', 'src/process/terminal-log.ts'],
        tests: [
          'what users send cannot control the terminal',
          'errors escape control characters in headers and file names',
          'a full name has no control character and no unpaired surrogate (a database cannot store them)',
          'a full name has at most 256 characters, in any encoding'
        ]
      }
    ],
    ...without('Users send neither images nor texts in a markup or template language.', [
      ['1.3.4', '2', 'SVG from users has no script'],
      ['1.3.5', '2', 'Markdown, style sheets and similar texts from users are sanitized']
    ]),
    [
      '1.3.6',
      '2',
      'The server requests no address that a user chose, unless a list allows it',
      'met',
      {
        where: ['src/auth/keys/keys.ts'],
        tests: ['RFC 8725 §3.10: a key at a URL in the token is not used, and the URL is never asked: jku, x5u'],
        note: 'The settings have every address that the server contacts.'
      }
    ],
    ...without('Templates are part of the program, and no text from users becomes one.', [
      ['1.3.7', '2', 'No template is made from untrusted input']
    ]),
    ...without(otherLanguage, [
      ['1.3.8', '2', 'JNDI queries are protected from injection'],
      ['1.3.9', '2', 'Content for memcache is sanitized']
    ]),
    ...without('No format string contains input.', [['1.3.10', '2', 'Format strings from input are sanitized']]),
    [
      '1.3.11',
      '2',
      'Input for mail systems is sanitized',
      'met',
      {
        where: ['plugins/mail.ts', 'src/auth/mail/messages.ts'],
        tests: ['an address is always one address, with any content']
      }
    ],
    [
      '1.3.12',
      '3',
      'No regular expression can take exponential time',
      'in part',
      {
        where: ['plugins/http/validation.ts'],
        tests: [hostileRequests],
        note: 'Inputs have at most 16 KiB and the patterns are short. No test measures each pattern.'
      }
    ]
  ]),
  ...chapter(
    'V1.4 Memory, String, and Unmanaged Code',
    without(
      'JavaScript manages the memory. The few native libraries, such as OpenSSL, SQLite and bcrypt, come from others.',
      [
        ['1.4.1', '2', 'Memory is accessed safely'],
        ['1.4.2', '2', 'Integers cannot overflow'],
        ['1.4.3', '2', 'Memory and resources are released, and not used afterwards']
      ]
    )
  ),
  ...chapter('V1.5 Safe Deserialization', [
    ...without('Nothing reads XML.', [['1.5.1', '1', 'XML parsers resolve no external entities']]),
    [
      '1.5.2',
      '2',
      'Untrusted data becomes plain values of known types only',
      'met',
      {
        where: ['plugins/http/json.ts', form, 'src/auth/passkeys/attestation.ts'],
        tests: [
          protoIsText,
          'bytes of any kind are a 400, never an error of the server',
          'a value of any kind is refused, never an error',
          validation
        ]
      }
    ],
    [
      '1.5.3',
      '3',
      'Different parsers of one format agree',
      'in part',
      {
        where: [form, 'plugins/http/json.ts'],
        tests: [
          repeatedParameter,
          'a request that could be read as two is 400, and the connection is closed (RFC 9112 §6.3, §11.2)'
        ],
        note: 'The server has one parser for forms and one for JSON. Proxies and APIs have their own.'
      }
    ]
  ])
]
