/** The lines around the text and the signature of a message that OpenPGP has signed in the clear (RFC 9580 §7). */
const armor = {
  message: '-----BEGIN PGP SIGNED MESSAGE-----',
  signature: '-----BEGIN PGP SIGNATURE-----',
  end: '-----END PGP SIGNATURE-----'
}
/** Any URI (RFC 9116 §2.5.3), of which a web address has to be https. */
const contact = /^(mailto:[^@\s]+@[^@\s]+|(?!http:|mailto:)[a-z][a-z\d+.-]*:\S+)$/i
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/
/** The fields that may have a web address, by their names in lower case. */
const addresses = ['acknowledgments', 'canonical', 'encryption', 'hiring', 'policy']

/**
 * When the `security.txt` of the server at `issuer` lapses, and its faults, each a clause without a subject (RFC 9116).
 * Does not verify a signature. A time in `Expires` that has passed is not a fault, because a server has to start on any
 * day.
 */
export function checkSecurityTxt(text: string, issuer: string): { expires: Date; problems: string[] } {
  const lines = linesOf(text)
  const fields = lines.flatMap(line => Array.from(line.matchAll(/^([!-9;-~]+): +(\S.*?)[ \t]*$/g)))
  const valuesOf = (...names: string[]) =>
    fields.flatMap(([, name = '', value = '']) => (names.includes(name.toLowerCase()) ? [value] : []))
  const isRight = (line: string) => /^(#.*|[ \t]*|[!-9;-~]+: +\S.*)$/.test(line)
  const [expires = '', ...more] = valuesOf('expires').map(value => value.toUpperCase())
  const canonical = valuesOf('canonical')
  const own = [new URL('/', issuer).href, `${issuer}/`].map(base => `${base}.well-known/security.txt`)
  const isValid = dateTime.test(expires) && !Number.isNaN(Date.parse(expires))

  const problems = [
    ...problemsOfSignature(text),
    ...(lines.every(isRight) ? [] : ['has a line that is neither a comment nor "Name: value"']),
    ...(valuesOf('contact').length > 0
      ? []
      : ['has no Contact: add one, such as "Contact: mailto:security@example.com"']),
    ...valuesOf('contact')
      .filter(value => !contact.test(value))
      .map(value => `has Contact ${JSON.stringify(value)}: expected a URI, such as mailto:, https: or tel:`),
    ...(isValid && more.length === 0 ? [] : ['needs one Expires, such as "Expires: 2030-01-31T12:00:00Z"']),
    ...(canonical.length === 0 || own.some(url => canonical.includes(url))
      ? []
      : [`has no Canonical of this server: add "Canonical: ${own[1]}", or correct ISSUER`]),
    ...valuesOf(...addresses)
      .filter(value => /^http:/i.test(value))
      .map(value => `has the address ${JSON.stringify(value)}: expected an https URL`),
    ...(valuesOf('preferred-languages').length > 1 ? ['has more than one Preferred-Languages: keep one'] : [])
  ]
  return { expires: new Date(expires), problems }
}

/** The faults in the form of a signed message. Behind the signature, a private key could be served unnoticed. */
function problemsOfSignature(text: string): string[] {
  const lines = text.trimEnd().split(/\r?\n/)
  if (lines[0] !== armor.message) return []
  const [begin, end] = [lines.indexOf(armor.signature), lines.indexOf(armor.end)]
  if (begin === -1 || end < begin) return ['is signed and has no signature']
  return end === lines.length - 1 ? [] : ['has text after its signature: remove it']
}

/** The lines of the text; of a signed message, those that the signature covers. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/)
  if (lines[0] !== armor.message) return lines
  const end = lines.indexOf(armor.signature)
  return lines.slice(lines.indexOf(''), end === -1 ? undefined : end).map(line => line.replace(/^- /, ''))
}
