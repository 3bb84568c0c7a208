/** Forms of password hashes. Other forms exist and must be kept secret too. */
const forms = [
  // crypt(3) and passlib: $2b$12$…, $argon2id$…, $6$…
  /^\$[\w-]+\$./,
  // Django and Werkzeug: pbkdf2_sha256$…, scrypt:32768:8:1$…
  /^\w[\w:.-]*\$[^$]*\$./,
  // Unusable passwords of Django and Sallyport
  /^!.{20}/s,
  // LDAP: {SSHA}…
  /^\{[\w-]+\}./,
  // MySQL
  /^\*[0-9a-f]{40}$/i,
  // SHA-1 to SHA-512
  /^(?:[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/i
]

/** Whether `text` has the form of a password hash, which no name has. */
export const looksLikeHash = (text: string) => forms.some(form => form.test(text))

/** Whether `text` may be a hash or a part of one and should not be shown; also matches some names. */
export const mayBeHash = (text: string) => looksLikeHash(text) || /\$|^[0-9a-f]{32}$|^[\w+/.-]{20,}=$/i.test(text)
