// Every text of the console. Another language is another file of this shape.

const number = new Intl.NumberFormat('en')
const seconds = (count: number) => (count === 1 ? '1 second' : `${number.format(count)} seconds`)

/** Texts that several pages use. */
const common = {
  product: 'Sallyport',
  cancel: 'Cancel',
  close: 'Close',
  copy: 'Copy',
  copied: 'Copied.',
  copyFailed: 'Copying failed. Select the text and copy it.',
  undo: 'Undo',
  undone: 'Undone.',
  retry: 'Try again',
  loading: 'Loading…',
  more: 'Show more',
  allShown: (count: number) => (count === 1 ? '1 entry' : `${number.format(count)} entries`),
  moreLeft: (count: number) => `${number.format(count)} shown, and there are more`,
  none: 'None',
  yes: 'Yes',
  no: 'No',
  never: 'Never',
  unknown: 'Unknown',
  working: 'Working…',
  dismiss: 'Dismiss',
  notFoundTitle: 'Page not found',
  notFound: 'This address has no page.',
  home: 'Go to the first page'
}

/** What went wrong, where the server has no words for it. */
const errors = {
  offline: 'Cannot reach the server. Check your connection and try again. What you typed is still here.',
  tooMany: (wait: number | undefined) =>
    `Too many attempts. Try again ${wait === undefined ? 'later' : `in ${seconds(wait)}`}.`,
  unavailable: (wait: number | undefined) =>
    `The server is busy or cannot reach its database. Try again ${wait === undefined ? 'soon' : `in ${seconds(wait)}`}.`,
  forbidden: (detail: string) => `Your account may not do this. ${detail}`,
  signedOut: 'Your login has ended. Sign in again.',
  cancelled: 'Cancelled. Nothing was changed.',
  unexpected: (status: number) => `The server gave an unexpected response (status ${status}).`
}

const shell = {
  skip: 'Skip to the content',
  nav: 'Main',
  account: 'My account',
  overview: 'Overview',
  accounts: 'Accounts',
  clients: 'Clients',
  audit: 'Audit trail',
  keys: 'Keys',
  docs: 'API docs',
  signedInAs: (username: string) => `Signed in as ${username}`,
  signOut: 'Sign out',
  signedOut: 'You have signed out.',
  notSignedOut: 'You have signed out here, but the server could not be reached: the login there ends by itself.'
}

const signIn = {
  title: 'Sign in',
  again: 'Sign in again',
  againHint: 'Your login has ended. Sign in, and this page goes on where you were.',
  username: 'Username or e-mail address',
  password: 'Password',
  keep: 'Keep me signed in in this tab',
  submit: 'Sign in',
  passkey: 'Sign in with a passkey',
  forgotten: 'Forgotten your password?',
  forgottenTitle: 'Reset your password',
  forgottenHint: 'If an account has this verified e-mail address, the server sends it a link to choose a new password.',
  email: 'E-mail address',
  sendLink: 'Send the link',
  linkSent: 'If an account has this verified e-mail address, a link is on its way. It works for an hour.',
  back: 'Back to sign in',
  wrong: 'The username or the password is wrong.'
}

/** The dialog that asks for a second factor or the password. */
const prove = {
  title: 'Confirm that it is you',
  otp: 'Code of your authenticator app',
  otpHint: '6 digits',
  recoveryCode: 'Recovery code',
  password: 'Password',
  submit: 'Confirm',
  passkey: 'Use a passkey',
  useOtp: 'Use the authenticator app instead',
  useRecoveryCode: 'Use a recovery code instead',
  usePassword: 'Use the password instead',
  passkeyFailed: 'The passkey was not used. Try again, or choose another way.'
}

const setUp = {
  title: 'Create the first administrator',
  hint: 'This link works once. The account that you create here can manage everything on this server.',
  username: 'Username',
  password: 'Password',
  submit: 'Create and sign in',
  done: (username: string) => `Welcome, ${username}. You are the administrator of this server.`
}

const passwordRules = {
  title: 'A new password',
  length: (least: number) => `has at least ${least} characters`,
  tooLong: (most: number) => `has at most ${number.format(most)} bytes`,
  context: 'does not contain your username, your e-mail address or the name of this service',
  common: 'is not a common password (checked when you save)',
  met: 'met',
  unmet: 'not met yet',
  show: 'Show the password',
  hide: 'Hide the password'
}

/** The page "My account". */
const account = {
  title: 'My account'
}

/** The pages about the accounts of all users. */
const accounts = {
  title: 'Accounts'
}

const clients = {
  title: 'Clients'
}

const audit = {
  title: 'Audit trail'
}

const keys = {
  title: 'Keys'
}

const overview = {
  title: 'Overview'
}

export const texts = {
  common,
  errors,
  shell,
  signIn,
  prove,
  setUp,
  passwordRules,
  account,
  accounts,
  clients,
  audit,
  keys,
  overview
}
