/** The descriptions of an error that asks for the second factor. */
export const missingCode = {
  afterPassword: 'Send otp or recovery_code too, or the code of the authenticator app after the password.',
  afterOther: 'Send otp or recovery_code too.'
}

/** The description for every code of a second factor that is refused. */
export const wrongCode = 'The code is wrong, expired or was already used.'
