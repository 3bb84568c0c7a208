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

/** The pages about the applications that request tokens. */
const clients = {
  title: 'Clients',
  empty:
    'No client is registered. Your own apps can sign users in without one, through the built-in client. Register a client to limit what an app may do, to be able to disable it alone, or for a server that acts for itself.',
  name: 'Name',
  nameHint: 'No two clients have the same name.',
  clientId: 'Client ID',
  type: 'Type',
  types: {
    public: { label: 'Public', hint: 'runs in a browser or on a phone, where it cannot keep a secret.' },
    confidential: { label: 'Confidential', hint: 'runs on a server, and proves with a secret who it is.' }
  },
  grants: 'Grants',
  grantsHint: 'How the client may get tokens. Select at least one.',
  meaningOfGrant: {
    password: 'users sign in with their username and password',
    refresh_token: 'users stay signed in when an access token expires',
    authorization_code: 'users sign in with a second factor or a passkey',
    client_credentials: 'the client acts for itself, without a user'
  } as Record<string, string>,
  scopes: 'Scopes',
  scopesHint:
    'What the client may ask for. You can add the scopes that your own login has; the command “sallyport clients update” can add every scope.',
  meaningOfScope: {
    me: 'read and change the own account of a user',
    'users:read': 'read all accounts',
    'users:write': 'change all accounts',
    'clients:read': 'read all clients',
    'clients:write': 'change all clients',
    'keys:read': 'read the signing keys',
    'keys:write': 'rotate the signing keys',
    'audit:read': 'read the audit trail',
    introspect: 'ask whether any token is valid'
  } as Record<string, string>,
  ownScope: 'a scope of your own APIs',
  privilegedByUsers: (scopes: string) =>
    `${scopes}: this client may ask for scopes that administer this server. It gets them only for users who have them too.`,
  privilegedByItself: (scopes: string) =>
    `${scopes}: this client can administer this server by itself, without a user. Keep its secret like the password of an administrator.`,
  state: 'State',
  enabled: 'Enabled',
  disabled: 'Disabled',
  created: 'Created',
  changed: 'Last changed',
  register: 'Register a client',
  registered: (name: string) => `Registered ${name}.`,
  mayNotWrite: 'Your login lacks the scope clients:write, so it cannot register or change a client.',
  client: 'Client',
  about: 'About this client',
  edit: 'Edit',
  editTitle: (name: string) => `Edit ${name}`,
  save: 'Save',
  saved: (name: string) => `Saved ${name}.`,
  unchanged: 'Nothing was changed.',
  grantsEndSessions:
    'When you change grants or scopes, tokens that the client got for itself stop working. Logins of users continue, with the new scopes from the next refresh on.',
  disable: 'Disable',
  disableConfirm: 'Every login through this client ends, and it gets no more tokens until you enable it.',
  wasDisabled: (name: string) => `Disabled ${name} and ended its logins.`,
  enable: 'Enable',
  wasEnabled: (name: string) => `Enabled ${name}.`,
  secret: 'Secret',
  secretHint:
    'The server stores a hash of the secret and cannot show it again. Rotate it if it was lost or has leaked.',
  rotate: 'Rotate the secret',
  rotateConfirm:
    'The old secret and the tokens that the client got for itself stop working at once. Logins of users continue. Give the client the new secret without delay.',
  rotated: (name: string) => `Rotated the secret of ${name}.`,
  secretOf: (name: string) => `Secret of ${name}`,
  secretOnce:
    'Copy the secret now and give it to the client. It is not shown again: if you lose it, you have to rotate it.',
  secretSaved: 'I have saved it',
  deleteTitle: 'Delete this client',
  deleteHint: 'Every login through the client ends, for good. To be able to undo it, disable the client instead.',
  delete: 'Delete',
  deleteConfirm: (name: string) =>
    `The client ${name} is deleted, and every login through it ends. Other services accept its access tokens until they expire. You cannot undo this.`,
  deleteTyped: 'Type the name of the client to confirm',
  deleteMistyped: (name: string) => `is not ${name}`,
  deleted: (name: string) => `Deleted ${name}.`
}

const audit = {
  title: 'Audit trail'
}

/** The page about the keys that sign access tokens. */
const keys = {
  title: 'Keys',
  hint: 'The server signs access tokens with one of these keys. Your services verify them with the public keys of the JWKS.',
  jwks: 'Open the JWKS',
  kid: 'Key ID',
  alg: 'Algorithm',
  state: 'What it does',
  created: 'Created',
  badges: { published: 'Next', signs: 'Current', verifies: 'Former', expired: 'Expired' },
  signs: 'Signs new tokens.',
  signsUntil: (until: string) => `Signs new tokens until the next key takes over, and verifies until ${until}.`,
  comes: (from: string) => `Signs from ${from} on. Until then your services get to know it.`,
  waits: 'Signs soon, when every cached JWKS contains it.',
  verifies: (until: string) => `Signs no more, and verifies until ${until}.`,
  expired: (since: string) => `Left the JWKS on ${since}.`,
  rotate: 'Rotate',
  rotateTitle: 'Rotate the keys',
  rotateHint:
    'The server replaces its key by itself, at the age in its setting KEY_ROTATION. Rotate to have a new one sooner.',
  rotateConfirm:
    'A new key is published now. It signs as soon as no cached JWKS lacks it, and this page says from when. The old key stays published until its last token has expired: every login continues.',
  rotated: (from: string) => `The new key signs from ${from} on, and until then the old one. Every login continues.`,
  replace: 'Replace at once',
  replaceTitle: 'If a key has leaked',
  replaceHint: 'A new key signs at once. Your services reject new tokens until they fetch the JWKS again.',
  replaceConfirm:
    'Do this only if the key has leaked. The new key signs at once, and your services reject new tokens until they fetch the JWKS again.',
  replaced: (kid: string) =>
    `The new key ${kid} signs now. Tokens of the old key are still accepted until they expire: to reject them at once, run “sallyport keys retire” with the ID of the old key.`
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
