/** The maximum length of a new password in NFC, in bytes of UTF-8. */
export const maxPasswordBytes = 1024

/**
 * The longest spelling of such a password, in UTF-16 units: NFC makes two bytes of at most three units, such as those
 * of `ǖ`.
 */
const mostUnits = 1.5 * maxPasswordBytes

/**
 * The form of a password that is hashed: NFC (NIST SP 800-63B-4 §3.1.1.2). A longer one than any that was chosen here
 * stays as it is, as another application may have hashed it: marks are sorted in a time that grows with the square of
 * their number.
 */
export const passwordForm = (password: string) => (password.length > mostUnits ? password : password.normalize('NFC'))
