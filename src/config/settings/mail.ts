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
  siteName: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      pattern: '^[^\\x00-\\x1f\\x7f]*$',
      description:
        'Name of your service on the pages of the server and of the console; the host of `ISSUER` by default',
      expected: 'up to 64 characters'
    })
  ),
  linkAfter: Type.Optional(
    Type.String({
      pattern: '^https?://\\S+$',
      description:
        'Page of your application to which the HTML pages lead when a mailed link has done its work; by default the first web origin in `RP_ORIGINS`, otherwise the console',
      expected: 'an https URL, or http for this machine, without username'
    })
  ),
  texts: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'Folder with your own texts of messages and pages, in a folder for each language',
      expected: 'the path of a folder, relative to the working directory or absolute'
    })
  ),
  loginNotice: Type.Union([Type.Literal('on'), Type.Literal('off')], {
    default: 'on',
    description: 'Whether a login from a new address prefix is reported to the verified e-mail address'
  })
}
