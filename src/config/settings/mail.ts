import { Type } from '@sinclair/typebox'

/** Messages to the owners of accounts. */
export const mail = {
  smtpUrl: Type.Optional(
    Type.String({
      pattern: '^smtps?://[^\\s/?#]\\S*$',
      description:
        'Mail server, `smtps://user:password@host`; when unset, nothing is sent, and a loopback issuer logs messages',
      expected: 'smtp://host:port or smtps://user:password@host, with special characters percent-encoded'
    })
  ),
  mailFrom: Type.String({
    pattern: '^([^<>"\\r\\n]*<[^\\s<>@]+@[^\\s<>@]+>|[^\\s<>@]+@[^\\s<>@]+)$',
    description: 'Sender of messages; the mail server must accept it',
    expected: 'an e-mail address, or Name <address>'
  }),
  loginNotice: Type.Union([Type.Literal('on'), Type.Literal('off')], {
    default: 'on',
    description: 'Whether a login from a new address prefix is reported to the verified e-mail address'
  })
}
