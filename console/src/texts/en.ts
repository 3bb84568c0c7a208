import { clock, moment, number, plural } from '../intl.ts'

const events = (count: number) => plural(count, { one: '# event', other: '# events' })
const seconds = (count: number) => plural(count, { one: '# second', other: '# seconds' })

/** Texts that several pages use. */
export const common = {
  name: 'Name',
  username: 'Username',
  password: 'Password',
  email: 'E-mail address',
  fullName: 'Full name',
  optional: (label: string) => `${label} (optional)`,
  verified: 'Verified',
  notVerified: 'Not verified',
  currentPassword: 'Current password',
  kind: 'Kind',
  kinds: { totp: 'Authenticator app', passkey: 'Passkey' },
  added: 'Added',
  remove: 'Remove',
  state: 'State',
  all: 'All',
  enabled: 'Enabled',
  disabled: 'Disabled',
  enable: 'Enable',
  enabledNow: (name: string) => `Enabled ${name}.`,
  disable: 'Disable',
  scopes: 'Scopes',
  created: 'Created',
  changed: 'Last changed',
  actions: 'Actions',
  delete: 'Delete',
  you: 'You',
  notSignedIn: 'Not signed in',
  started: 'Started',
  lastUsed: 'Last used',
  at: 'Time',
  claims: 'Claims',
  data: 'Data',
  id: 'ID',
  secret: 'Secret',
  mistyped: (name: string) => `is not ${name}`,
  sixDigits: '6 digits',
  cancel: 'Cancel',
  close: 'Close',
  cancelled: 'Cancelled.',
  copy: 'Copy',
  copied: 'Copied.',
  copyFailed: 'Copying failed. Select the text and copy it.',
  undo: 'Undo',
  undone: 'Undone.',
  retry: 'Try again',
  loading: 'Loading…',
  more: 'Show more',
  allShown: (count: number) => plural(count, { one: '# entry', other: '# entries' }),
  moreLeft: (count: number) => `${number.format(count)} shown, and there are more`,
  none: 'None',
  never: 'Never',
  unknown: 'Unknown',
  deviceOn: (browser: string, system: string) => `${browser} on ${system}`,
  login: (device: string, time: string) => `${device}, ${time}`,
  loginOf: (time: string) => `login of ${time}`,
  loginDetail: 'login',
  working: 'Working…',
  dismiss: 'Dismiss',
  saved: 'I have saved it',
  notFoundTitle: 'Page not found',
  notFound: 'There is no page at this address.',
  home: 'Go to the home page'
}

/** Messages about errors for which the server has no words. */
export const errors = {
  offline: 'Cannot reach the server. Check your connection and try again. What you typed is still here.',
  tooMany: (wait: number | undefined) =>
    `Too many attempts. Try again ${wait === undefined ? 'later' : `in ${seconds(wait)}`}.`,
  unavailable: (wait: number | undefined) =>
    `The server is busy or cannot reach its database. Try again ${wait === undefined ? 'soon' : `in ${seconds(wait)}`}.`,
  forbidden: (detail: string) => `Your account may not do this. ${detail}`,
  signedOut: 'Your login has ended. Sign in again.',
  fault: (label: string, detail: string) => `${label} ${detail}.`,
  cancelled: 'Cancelled. Nothing was changed.',
  passkeyUnused: 'No passkey was used. Try again, or choose another way.',
  passkeyExists: 'This device already has a passkey for your account.',
  passkeyElsewhere: 'Passkeys do not work at this address. Sign in with your password.',
  unexpected: (status: number) => `The server gave an unexpected response (status ${status}). Try again later.`
}

export const shell = {
  skip: 'Skip to the content',
  nav: 'Main',
  docs: 'API docs',
  menu: 'Menu',
  signedInAs: 'Signed in as',
  signOut: 'Sign out',
  signedOut: 'You have signed out.',
  notSignedOut: `You are signed out here. The server could not be reached, so your login ends there only when it expires.`
}

/** The search of the header, and its page. */
export const search = {
  label: 'Search',
  hint: 'Find accounts by username, e-mail address or ID, clients by name or ID, and logins by ID. Press / to come here.',
  title: (q: string) => (q ? `Search: ${q}` : 'Search'),
  none: 'Nothing found. Enter the beginning of a username or e-mail address, a part of the name of a client, or the ID of an account, a client or a login. IDs of requests are only in the log of the server.',
  isCut: 'There are more results. Search for a longer text.',
  ofLogin: (login: string) => `Events of the ${login}`,
  about: (id: string) => `Events about ${id}`
}

export const signIn = {
  title: 'Sign in',
  again: 'Sign in again',
  againHint: 'Your login has ended. Sign in to continue where you left off.',
  username: 'Username or e-mail address',
  keep: 'Keep me signed in',
  keepHint: 'Until you sign out, even if you close the browser. Not on a shared computer.',
  passkey: 'Sign in with a passkey',
  sendCode: 'Send me a code',
  forgotten: 'Forgotten your password?',
  forgottenTitle: 'Reset your password',
  forgottenHint: 'If an account has this verified e-mail address, the server sends it a link to choose a new password.',
  sendLink: 'Send the link',
  linkSent: 'If an account has this verified e-mail address, a link is on its way. It works for an hour.',
  back: 'Back to sign in'
}

/** A field with the JSON of an object. */
export const json = {
  label: (title: string) => `${title} as JSON`,
  fault: (line: number, column: number) => `stops being JSON at line ${line}, column ${column}`,
  noObject: 'must be an object in braces; {} is an empty one',
  member: (member: string, detail: string) => `is refused: ${member} ${detail}`,
  same: 'Nothing has changed.',
  overtaken: `The account was changed elsewhere since you opened it. Your text is not saved, but it is still here. Below is what the server has now: when you save again, your text replaces it.`,
  current: (title: string) => `${title} on the server`
}

/** The dialog that asks for a second factor or the password. */
export const prove = {
  title: 'Confirm that it is you',
  otp: 'Code from your authenticator app',
  recovery: 'Recovery code',
  submit: 'Confirm',
  passkey: 'Use a passkey',
  emailCodeTitle: 'Sign in with a code',
  emailCodeHint: `If this account exists and has a verified e-mail address, a code is on its way. It works for 10 minutes.`,
  emailCode: 'Code from the message',
  anotherEmailCode: 'Send another code',
  useOtp: 'Use the authenticator app instead',
  useRecovery: 'Use a recovery code instead',
  usePassword: 'Use the password instead'
}

/** The suggestion after a login. */
export const suggestion = {
  title: 'Suggestion',
  why: 'A passkey protects your account better than a password, and signs you in faster.',
  create: 'Create a passkey',
  dismiss: 'No, thanks'
}

export const setUp = {
  title: 'Create the first administrator',
  broken: 'This link does not work',
  hint: 'This link works once. The account that you create here can manage everything on this server.',
  submit: 'Create and sign in',
  done: (username: string) => `Welcome, ${username}. You are the administrator of this server.`
}

export const passwordRules = {
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
export const account = {
  title: 'My account',
  tabs: {
    profile: 'Profile',
    password: 'Password',
    security: 'Security',
    tokens: 'Personal access tokens',
    logins: 'Logins',
    activity: 'Activity'
  },
  profile: {
    saveName: 'Save the name',
    nameSaved: 'The name is saved.',
    created: 'Account created',
    name: 'Your name',
    currentAddress: 'Current address',
    pending: 'New address, not confirmed yet',
    newAddress: 'New e-mail address',
    addressHint: 'The server mails a link to the new address. Open it to confirm the address.',
    saveAddress: 'Change the address',
    linkSent: (address: string) => `A link is on its way to ${address}. Open it to confirm the address.`,
    sameAddress: 'This is already your verified address.',
    sendAgain: 'Send the verification link again',
    removeAddress: 'Remove the address',
    confirmRemoval: 'You can no longer sign in with this address, or reset a forgotten password by mail.',
    addressRemoved: 'The address is removed.',
    language: 'Language',
    languageHere: 'Language of this console and of your mails',
    asTheBrowser: 'As the browser',
    saveLanguage: 'Save the language',
    dataHint: 'Your apps keep this for you, such as a theme. No token contains it.',
    saveData: 'Save the data',
    dataSaved: 'The data is saved.',
    claimsHint: 'Administrators set these for you, and your apps read them in your access tokens.',
    deletion: 'Delete the account',
    deletionHint: `Everything about the account is deleted. Only its events stay in the audit trail, with its ID, times and IP addresses, for as long as the server keeps events (AUDIT_RETENTION).`,
    delete: 'Delete my account',
    confirmDeletion: 'The account, its logins and its second factors are deleted at once. This cannot be undone.',
    noPassword: 'Leave this empty if your account has no password.',
    deleted: 'Your account is deleted.'
  },
  password: {
    hint: 'This login continues. All your other logins end. Your personal access tokens keep working.',
    next: 'New password',
    submit: 'Change the password',
    changed: 'The password is changed. Your other logins have ended.'
  },
  security: {
    title: 'Second factors',
    enrolTitle: 'Add a second factor',
    enrol: 'Your account needs a second factor before you can do anything else. Add one now, and then sign in again.',
    signInAgain: 'Sign in again, now with your second factor.',
    off: 'Second factors are off on this server (SECOND_FACTOR=off).',
    none: 'Your password alone signs you in. With a second factor, a stolen password is not enough.',
    some: 'To sign in, you need your password and one of these, or a passkey alone.',
    someApp: 'To sign in, you need your password and a code from the authenticator app.',
    lastUsedToSignIn: 'Last used to sign in',
    notRecorded: 'Not recorded',
    setUpApp: 'Set up an authenticator app',
    replaceApp: 'Replace the authenticator app',
    addPasskey: 'Add a passkey',
    passkeyHint: 'The name helps you to recognize the passkey. Your browser then asks you to create it.',
    passkeyAdded: 'The passkey is added. Your other logins have ended.',
    passkeysElsewhere: (origins: string) =>
      `Passkeys do not work at this address. To add one, sign in at one of these: ${origins}`,
    rename: 'Rename',
    renamed: 'The passkey is renamed.',
    confirmRemoval: 'It no longer works as your second factor, and your other logins end.',
    confirmLastRemoval: `It is your last second factor. Without it, your password alone signs you in, and your recovery codes stop working. Your other logins end.`,
    removed: 'The second factor is removed. Your other logins have ended.',
    codes: 'Recovery codes',
    codesLeft: 'Each works once instead of a second factor.',
    newCodes: 'Get new recovery codes',
    confirmNewCodes: 'Your old recovery codes stop working.'
  },
  app: {
    scan: 'Scan this code with the authenticator app on your phone, or type the secret into it.',
    qr: 'QR code with the secret for the authenticator app. The secret is also shown as text.',
    code: 'Code that the app shows',
    submit: 'Confirm the code',
    added: 'The authenticator app is added. Your other logins have ended.'
  },
  codes: {
    title: 'Save your recovery codes',
    hint: 'Each code signs you in once when you have lost your second factor. Keep them where only you can find them: they are not shown again.',
    fileName: 'sallyport-recovery-codes.txt',
    heading: (server: string) => `Recovery codes for ${server}`,
    print: 'Print',
    save: 'Save as a text file',
    done: 'I have saved them'
  },
  activity: {
    hint: 'The events of your account, newest first. If you do not recognize one, change your password, and remove the personal access tokens and accounts elsewhere that are not yours.',
    empty: 'Nothing is recorded yet. Your next login appears here.',
    operator: 'An operator'
  }
}

/** Logins, for their owner and on the page of an account. */
export const logins = {
  hint: 'Everywhere you are signed in. If you do not recognize a login, end it and change your password.',
  empty: 'The account has no login.',
  device: 'Device',
  thisLogin: 'This login',
  end: 'End',
  endLogin: (login: string) => `End the login ${login}`,
  confirmEnd: 'You are signed out on that device.',
  ended: 'The login has ended.',
  endOthers: 'End all other logins',
  confirmEndOthers: 'You are signed out on every other device. This login continues.',
  othersEnded: 'All other logins have ended.',
  endHint: 'You are using this login: you are signed out.'
}

/** Personal access tokens, for their owner and on the page of an account. */
export const tokens = {
  hint: 'With a personal access token, a script acts for you without your password.',
  empty: 'You have no personal access token.',
  emptyAccount: 'The account has no personal access token.',
  nameHint: 'Name the script that will use the token.',
  scopesHint: 'What the script may do. Without a scope, the token only shows whose it is.',
  noScopes: 'Your login has no scope of an API, so the token only shows whose it is.',
  missing: (scopes: string) =>
    `Your login lacks some scopes of your account, so a token cannot have them: ${scopes}. Sign in again to request them.`,
  resource: 'API',
  anyResource: 'Any',
  lifetime: 'Lifetime',
  days: (count: number) => plural(count, { one: '# day', other: '# days' }),
  expires: 'Expires',
  create: 'Create a token',
  createdNow: (name: string) => `Created the token ${name}.`,
  valueOf: (name: string) => `Token ${name}`,
  once: 'Copy the token now and give it to the script. It is not shown again: if you lose it, delete it and create another one.',
  deleteHint: `This server rejects the token and its access tokens at once. Other services accept these access tokens until they expire. You cannot undo this.`,
  deletedNow: (name: string) => `Deleted the token ${name}.`
}

/** Accounts at other providers, for their owner and on the page of an account. */
export const identities = {
  title: 'Accounts elsewhere',
  hint: 'In the apps that offer it, you can sign in with these accounts instead of your password. To link another one, sign in to such an app and link it there.',
  empty: 'No account elsewhere is linked.',
  provider: 'Provider',
  emailWhenLinked: 'E-mail address when linked',
  subject: 'ID at the provider',
  linked: 'Linked',
  unlink: 'Unlink',
  unlinkHint: 'It no longer signs you in. Your other logins end.',
  unlinkHintAccount: `It no longer signs in to this account, and all logins of this account end. Make sure that the owner has another way to sign in.`,
  unlinkedNow: 'The account elsewhere is unlinked.'
}

/** The actions of the audit trail. */
export const actions = {
  'user.created': 'Account created',
  'user.updated': 'Account changed',
  'user.update_failed': 'Account change refused',
  'user.disabled': 'Account disabled',
  'user.enabled': 'Account enabled',
  'user.scopes_changed': 'Scopes changed',
  'user.claims_changed': 'Claims changed',
  'user.password_changed': 'Password changed',
  'user.password_change_failed': 'Password change refused',
  'user.invitation_requested': 'Invitation sent again',
  'user.password_reset_requested': 'Link to reset the password requested',
  'user.password_reset': 'Password reset by a link',
  'user.password_reset_forced': 'Password reset by an administrator',
  'user.email_verification_requested': 'Link to verify the e-mail address requested',
  'user.email_verified': 'E-mail address verified',
  'user.email_change_undone': 'Change of the e-mail address undone',
  'user.deleted': 'Account deleted',
  'user.deletion_failed': 'Account deletion refused',
  'users.imported': 'Accounts imported',
  'users.exported': 'Accounts exported',
  'login.succeeded': 'Signed in',
  'login.failed': 'Login refused',
  'login.challenged': 'Second factor requested',
  'login.code_requested': 'Code by mail requested',
  'factor.added': 'Second factor added',
  'factor.addition_allowed': 'Password confirmed for a new second factor',
  'factor.addition_failed': 'New second factor refused',
  'factor.removed': 'Second factor removed',
  'factor.renamed': 'Passkey renamed',
  'factor.refused': 'Passkey refused',
  'factor.undone': 'New second factors removed by a mailed link',
  'recovery_codes.replaced': 'Recovery codes replaced',
  'token.refreshed': 'Login continued',
  'token.retried': 'Tokens sent again',
  'token.reuse_detected': 'Refresh token used twice',
  'token.key_refused': 'Refresh token presented without its key',
  'personal_token.created': 'Personal access token created',
  'personal_token.deleted': 'Personal access token deleted',
  'personal_token.used_elsewhere': 'Personal access token used from a new network',
  'personal_tokens.deleted': 'Personal access tokens of all accounts deleted',
  'identity.linked': 'Account elsewhere linked',
  'identity.unlinked': 'Account elsewhere unlinked',
  'session.ended': 'Login ended',
  'session.stepped_up': 'Identity confirmed again',
  'sessions.ended': 'Logins ended',
  'code.issued': 'Authorization code issued',
  'code.reuse_detected': 'Authorization code used twice',
  'client.created': 'Client created',
  'client.updated': 'Client changed',
  'client.secret_rotated': 'Client secret replaced',
  'client.deleted': 'Client deleted',
  'client.authentication_failed': 'Client refused',
  'key.created': 'Key created',
  'key.rotated': 'Key rotated',
  'key.retired': 'Key retired',
  'secret.rotated': 'Secret changed',
  'throttle.refused': 'Refused after too many attempts',
  'audit.pruned': 'Old events deleted',
  'webhook.created': 'Webhook created',
  'webhook.updated': 'Webhook changed',
  'webhook.replayed': 'Events sent again by a webhook',
  'webhook.tested': 'Test event for a webhook',
  'webhook.paused': 'Webhook paused by the server',
  'webhook.deleted': 'Webhook deleted'
}

/** The scopes of this server in words. */
export const scopes: Record<string, string> = {
  me: 'Read and change your own account',
  'users:read': 'Read all accounts',
  'users:write': 'Create, change, disable and delete all accounts',
  'clients:read': 'Read all clients',
  'clients:write': 'Create, change and delete all clients',
  'keys:read': 'Read the signing keys',
  'keys:write': 'Rotate the signing keys',
  'audit:read': 'Read the audit trail',
  'webhooks:write': 'Read and change all webhooks',
  introspect: 'Ask whether a token is valid'
}

/** The pages about the accounts of all users. */
const counted = (count: number) => plural(count, { one: '# account', other: '# accounts' })

export const accounts = {
  title: 'Accounts',
  account: 'Account',
  allAccounts: 'All accounts',

  search: 'Username or e-mail address begins with',
  find: 'Search',
  total: (count: number) => (count < 10_000 ? counted(count) : `${number.format(count)} accounts or more`),
  noneFound: 'No account matches. Shorten the text, or choose another state.',
  create: 'Create an account',
  scopesInShort: (first: string, others: number) => (others === 0 ? first : `${first} and ${others} more`),
  invited: 'Invited',
  sort: 'Order',
  sorts: { username: 'By username', newest: 'Newest first' },

  select: (username: string) => `Select ${username}`,
  selectAll: 'Select all listed accounts but your own',
  selection: 'Selection',
  selected: (count: number) => (count === 0 ? 'No account selected' : `${counted(count)} selected`),
  ownSelected: 'Your own account is among them. Disabling it signs you out.',
  clear: 'Clear the selection',
  disableMany: (count: number) => `Disable ${counted(count)}`,
  enableMany: (count: number) => `Enable ${counted(count)}`,
  progress: (done: number, total: number) => `${done} of ${total}…`,
  outcome: 'Result',
  didDisable: (count: number) => `Disabled and signed out ${counted(count)}.`,
  didEnable: (count: number) => `Enabled ${counted(count)}.`,
  didNone: 'No account was changed.',
  left: (count: number, why: string) => `${counted(count)} not tried, and still selected. ${why}`,

  createHint: `The account gets the default scopes of this server, which you can change on its page. If it has an e-mail address, the server mails a link that verifies it.`,
  createSubmit: 'Create',
  createdNow: (username: string) => `Created the account ${username}.`,
  needsWrite: 'To create accounts, it needs the scope users:write.',

  invite: 'Invite a person',
  inviteHint: `The server mails the address a link to choose a password. It works once, for 7 days, and confirms the address. The message names this server, and nothing that you type here. Without a mail server, you get the link and hand it over; it does not confirm the address.`,
  inviteSubmit: 'Send the invitation',
  invitedNow: (username: string, email: string) =>
    `Created the account ${username}. An invitation is on its way to ${email}.`,
  invitation: 'Invitation',
  invitationHint: `The owner has not chosen a password yet. Another message has a new link, which works for 7 days; earlier links stay valid. To revoke the invitation, delete the account: its links stop working at once.`,
  inviteAgain: 'Send another message',
  invitedAgain: (email: string) => `Another invitation is on its way to ${email}.`,
  linkFor: (username: string) => `Invitation link for ${username}`,
  linkHint: `This server has no mail server, so nothing was sent. Hand this link over to the person, who chooses the password with it. It works once, for 7 days. It is shown only now.`,
  linkMade: (username: string) => `${username} has another link.`,

  correct: 'Correct',
  confirms: 'The owner confirms a new address by a link that the server mails.',
  confirmsAndTells: `The owner confirms a new address by a link that the server mails. Until then the present one stays, and it gets a notice that can undo the change.`,
  invitesThere: 'The server sends the invitation to a new address.',
  corrected: (username: string, email: string | undefined) =>
    `Corrected ${username}.${email ? ` A message is on its way to ${email}.` : ''}`,

  claimsHint: `Your APIs read these, such as roles and a tenant. A change reaches access tokens at the next refresh, and introspection at once.`,
  saveClaims: 'Save the claims',
  savedClaims: (username: string) =>
    `Saved the claims of ${username}. Access tokens have them from the next refresh on.`,
  noClaims: 'The account has no claims.',
  dataHint: 'The owner writes this, with your apps. No token contains it.',

  unknownTitle: 'No such account',
  unknown: 'No account has this ID. It may have been deleted.',
  own: 'This is your own account. Change your profile, password and second factors on the page',

  dangerous: 'Dangerous actions',
  disableOwn: 'This is your own account: you are signed out at once, and only another administrator can enable it.',
  disableDeletes: 'Disabling deletes personal access tokens, and enabling does not restore them.',
  disabledNow: (username: string) => `Disabled ${username}, and ended all logins of the account.`,
  reset: 'Reset the password',
  resetHint: 'The password stops working, and all logins of the account end. Its personal access tokens keep working.',
  resetMails: (email: string) => `The server mails a link to choose a new password to ${email}.`,
  resetInvites: (email: string, id: string) =>
    `The address ${email} is not verified. If the account has never been used, the server mails it a link to choose a password. Otherwise, set a new password with the command sallyport users set-password ${id}`,
  resetMailsNothing: (id: string) =>
    `The account has no e-mail address, so the server mails no link. Set a new password with the command sallyport users set-password ${id}`,
  resetNow: (username: string) => `The old password of ${username} no longer works, and all logins have ended.`,
  removeHint: `Everything about the account is deleted, and its logins end. Only its events stay in the audit trail, with its ID, times and IP addresses, until they are older than AUDIT_RETENTION. This cannot be undone.`,
  removeTyped: (username: string) => `To confirm, type the username ${username}`,
  removedNow: (username: string) => `Deleted the account ${username}.`,

  scopesHint: 'Logins of the account may use these scopes. A device gets a new scope when it signs in again.',
  plainScopes: 'Scopes for your applications',
  privilegedScopes: 'Scopes that administer this server',
  privilegedHint: `A login gets these only when the client requests them by name. An account with users:write is an administrator.`,
  onlyRemovable: 'your login lacks this scope: once you have removed it, you cannot grant it again',
  saveScopes: 'Save the scopes',
  savedScopes: (username: string) => `Saved the scopes of ${username}.`,
  sameScopes: 'The scopes are the same as before.',

  endAll: 'End all logins',
  endAllHint: 'Every device of the account has to sign in again.',
  endedAllNow: (username: string) => `Ended all logins of ${username}.`,

  noFactors: 'The account has no second factor. Its owner can add one on the page My account.',
  codesLeft: (count: number) => plural(count, { one: '# recovery code is left.', other: '# recovery codes are left.' }),
  removeFactors: 'Remove all second factors',
  removeFactorsHint: `Do this if the owner has lost all of them, and make sure that it is the owner who asks. The recovery codes stop working and all logins end. The owner signs in with the password alone, and then adds a new second factor on the page My account.`,
  removedFactors: (username: string) =>
    `Removed all second factors of ${username}. The owner signs in with the password, and should add a new one.`,

  noActivity: 'The audit trail has no event about this account.',
  inAudit: 'Show in the audit trail',
  byOwner: 'The owner'
}

/** The pages about the applications that request tokens. */
export const clients = {
  title: 'Clients',
  empty: `No client is registered. Your own apps can sign users in without one, through the built-in client. Register a client to limit what an app may do, to be able to disable it alone, or for a server that acts for itself.`,
  nameHint: 'Each client has its own name.',
  clientId: 'Client ID',
  type: 'Type',
  types: {
    public: { label: 'Public', hint: 'runs in a browser or on a phone, where it cannot keep a secret.' },
    confidential: { label: 'Confidential', hint: 'runs on a server, and identifies itself with a secret.' }
  },
  grants: 'Grants',
  grantsHint: 'How the client may get tokens. Select at least one.',
  meaningOfGrant: {
    password: 'users sign in with their username and password',
    refresh_token: 'users stay signed in when an access token expires',
    authorization_code: 'users sign in with a second factor or a passkey',
    client_credentials: 'the client acts for itself, without a user',
    'urn:ietf:params:oauth:grant-type:token-exchange':
      'scripts use personal access tokens, and users sign in with an account elsewhere'
  } as Record<string, string>,
  nameOfGrant: { 'urn:ietf:params:oauth:grant-type:token-exchange': 'token exchange' } as Record<string, string>,
  scopesHint: `The scopes that the client may request. You can add the scopes that your own login has; the command “sallyport clients update” can add every scope.`,
  ownScope: 'a scope of your own APIs',
  bound: 'Tokens bound to a key',
  boundHint: 'The client has to send a DPoP proof whenever it asks for tokens, so that a copied token is useless.',
  isBound: { true: 'Yes: a request for tokens needs a DPoP proof', false: 'Only if the client sends a DPoP proof' },
  eventDetails: 'Details of events',
  eventDetailsHint:
    'When the client fetches events, it also gets IP addresses and details, which can be personal data.',
  hasEventDetails: { true: 'Yes: events have IP addresses and details', false: 'No: events have IDs only' },
  privilegedByUsers: (scopes: string) =>
    `${scopes}: this client may ask for scopes that administer this server. It gets them only for users who have them too.`,
  privilegedByItself: (scopes: string) =>
    `${scopes}: this client can administer this server by itself, without a user. Keep its secret like the password of an administrator.`,
  register: 'Register a client',
  registered: (name: string) => `Registered ${name}.`,
  mayNotWrite: 'Your login lacks the scope clients:write, so it cannot register or change a client.',
  about: 'About this client',
  edit: 'Edit',
  editTitle: (name: string) => `Edit ${name}`,
  save: 'Save',
  saved: (name: string) => `Saved ${name}.`,
  unchanged: 'Nothing was changed.',
  grantsEndSessions: `When you change grants or scopes, tokens that the client got for itself stop working. Logins of users continue, with the new scopes from the next refresh on.`,
  disableConfirm: 'Every login through this client ends, and it gets no more tokens until you enable it.',
  wasDisabled: (name: string) => `Disabled ${name} and ended its logins.`,
  secretHint: `The server stores a hash of the secret and cannot show it again. Rotate it if it was lost or has leaked.`,
  rotate: 'Rotate the secret',
  rotateConfirm: `The old secret and the tokens that the client got for itself stop working at once. Logins of users continue. Give the client the new secret without delay.`,
  rotated: (name: string) => `Rotated the secret of ${name}.`,
  secretOf: (name: string) => `Secret of ${name}`,
  secretOnce: `Copy the secret now and give it to the client. It is not shown again: if you lose it, you have to rotate it.`,
  deleteTitle: 'Delete this client',
  deleteHint: 'Every login through the client ends, for good. To be able to undo this, disable the client instead.',
  deleteConfirm: (name: string) =>
    `The client ${name} is deleted, and every login through it ends. Other services accept its access tokens until they expire. You cannot undo this.`,
  deleteTyped: 'Type the name of the client to confirm',
  deleted: (name: string) => `Deleted ${name}.`
}

export const audit = {
  title: 'Audit trail',
  filter: 'Filter',
  show: 'Show the events',
  clear: 'Clear the filters',
  ranges: { hour: 'Last hour', day: 'Last 24 hours', week: 'Last 7 days', month: 'Last 30 days', own: 'From and to …' },
  fields: {
    since: 'From',
    until: 'To',
    action: 'Action',
    subject: 'About',
    actor: 'By',
    client_id: 'Client',
    ip: 'IP address',
    session: 'Login'
  },
  always: 'At any time',
  anyAction: 'Any action',
  free: 'Another action …',
  freeAction: 'Name of the action',
  nameOrId: 'Username, e-mail or ID',
  isAccount: (username: string) => `This is ${username}`,
  isLogin: (login: string) => `This is the ${login}`,
  noAccount: (name: string) => `No account is named ${name}. Events of a deleted account are found by its ID.`,
  endsBefore: 'The end must be later than the beginning.',

  plotTitle: { hour: 'Events by hour', day: 'Events by day' },
  isWider: 'The server counts events by time and action only. The other filters apply to the list below.',
  plot: {
    outcomes: { failed: 'Failed or refused', succeeded: 'Logins and refreshes', other: 'Changes and others' },
    sums: ({ all, failed, succeeded, other }: Record<'all' | 'failed' | 'succeeded' | 'other', number>) =>
      `${events(all)}: ${number.format(failed)} failed or refused, ` +
      `${plural(succeeded, { one: '# login or refresh', other: '# logins and refreshes' })}, ` +
      `${plural(other, { one: '# other', other: '# others' })}.`,
    bar: ({ failed, succeeded, other }: Record<'failed' | 'succeeded' | 'other', number>, time: string) =>
      `${time}: ${[failed, succeeded, other].map(count => number.format(count)).join(' / ')}`,
    tallest: (count: number, time: string) => `The highest number: ${number.format(count)} (${time}).`,
    at: (time: string) => `Time: ${time}.`,
    nothing: 'Nothing happened in this time.',
    isCut: 'There are more events than the console counts. Older ones are missing here.',
    daysInUtc: 'A day begins at midnight UTC.',
    asTable: 'Show as a table',
    table: 'Events by time',
    hour: 'Hour',
    day: 'Day'
  },

  events: 'Events',
  event: 'Event',
  noEvent: 'The audit trail has no such event. It may have been deleted.',
  commandLine: 'Command line',
  app: 'App',
  empty: 'No event matches. Choose a longer time, or clear some of the filters.',
  seq: 'Number',
  exactly: 'Exact time',
  seal: 'Seal',
  unsealed: 'Not sealed yet: that takes about a second',
  detail: 'Details',
  noDetail: 'This event has no details.',
  value: 'Value',
  alike: {
    action: 'Only this action',
    subject: 'Only about this',
    actor: 'Only by this',
    client_id: 'Only this client',
    ip: 'Only this address',
    session: 'Only this login'
  },

  verify: {
    title: 'Is the audit trail intact?',
    hint: 'Signed seals cover every event, and show whether one was changed, deleted or added later.',
    now: 'Verify now',
    progress: (count: number) => `${events(count)} verified so far`,
    intact: (count: number) => plural(count, { one: '# event is intact.', other: '# events are intact.' }),
    broken: (what: string, fault: string) => `The audit trail is broken: ${what} ${fault}.`,
    meaning: (count: number) =>
      `The database was changed without the server or restored in part, or SECRET was changed. Seals of an earlier ` +
      `secret count as broken here; sallyport audit verify --key verifies them. Before this, ` +
      `${plural(count, { one: '# event is', other: '# events are' })} intact; the events after it were not verified.`,
    unsealed: (count: number) =>
      count === 0
        ? 'No event waits for its seal.'
        : `${plural(count, { one: '# event waits', other: '# events wait' })} for a seal, which takes about a second.`,
    seals: 'Intact seals',
    newest: 'Newest seal'
  }
}

/** The page about the keys that sign access tokens. */
export const keys = {
  title: 'Keys',
  hint: 'The server signs access tokens with one of these keys. Your services verify them with the public keys of the JWKS.',
  jwks: 'Open the JWKS',
  kid: 'Key ID',
  alg: 'Algorithm',
  use: 'Use',
  badges: { published: 'Next', signs: 'Current', verifies: 'Former', expired: 'Expired' },
  signs: 'Signs new tokens.',
  signsUntil: (until: string) => `Signs new tokens until the next key takes over, and verifies until ${until}.`,
  comes: (from: string) => `Signs from ${from} on. Your services can fetch it until then.`,
  waits: 'Signs as soon as every cached JWKS contains it.',
  verifies: (until: string) => `No longer signs; verifies until ${until}.`,
  expired: (since: string) => `Left the JWKS on ${since}.`,
  rotate: 'Rotate',
  rotateTitle: 'Rotate the keys',
  rotateHint: `The server replaces its key when it reaches the age in the setting KEY_ROTATION. Rotate to replace it sooner.`,
  rotateConfirm: `A new key is published now. It signs once every cached JWKS contains it, and this page shows when. The old key stays published until its last token has expired: every login continues.`,
  rotated: (from: string) => `The new key signs from ${from} on; until then, the old one does. Every login continues.`,
  replace: 'Replace at once',
  replaceTitle: 'If a key has leaked',
  replaceHint: `A new key signs at once. Your services reject new tokens until they fetch the JWKS again. The old key is still accepted until its last token has expired, or until you run “sallyport keys retire”.`,
  replaceConfirm: `Do this only if the key has leaked. The new key signs at once, and your services reject new tokens until they fetch the JWKS again. The old key is still accepted until its last token has expired, or until you run “sallyport keys retire”.`,
  replaced: (kid: string) =>
    `The new key ${kid} signs now. Tokens of the old key are still accepted until they expire: to reject them at once, run “sallyport keys retire” with the ID of the old key.`
}

/** The pages about the webhooks, which send events to other programs. */
export const webhooks = {
  title: 'Webhooks',
  webhook: 'Webhook',
  hint: 'A webhook sends events of the audit trail to another program, the receiver, about a second after they happen.',
  empty: 'There is no webhook. Create one to tell another program about new accounts or failed logins.',
  unknown: 'No webhook has this ID. It may have been deleted.',
  needsAudit: 'Your login lacks the scope audit:read, so it cannot create, change or test a webhook.',
  create: 'Create a webhook',
  createdNow: (host: string) => `Created the webhook for ${host}.`,
  edit: 'Edit',
  editTitle: (host: string) => `Edit the webhook for ${host}`,
  save: 'Save',
  savedNow: (host: string) => `Saved the webhook for ${host}.`,
  receiver: 'Receiver',
  url: 'URL',
  urlHint: 'The address of the receiver. It begins with https.',
  events: 'Events',
  eventsHint: 'Such as user.*, login.failed. Commas or spaces separate them, and * stands for all.',
  details: 'Details',
  detailsHint: 'Send the IP address and the details of each event, which can be personal data.',
  hasDetails: { true: 'Events have IP addresses and details', false: 'Events have neither IP addresses nor details' },
  about: 'About this webhook',
  states: { active: 'Active', failing: 'Failing', paused: 'Paused' },
  failing: 'The receiver does not accept an event. The server tries again, and sends no later event until then.',
  reasons: {
    administrator: 'An administrator has paused it.',
    failing: 'The receiver accepted no event for five days.',
    gone: 'The receiver answered that it wants no more events (status 410).'
  },
  lastError: (result: string) => `Last error: ${result}.`,
  nextAttempt: (time: string) => `Next attempt: ${time}.`,
  reached: 'Delivered up to',
  nothingYet: 'Nothing yet',
  seal: (seal: number) => `Seal ${seal}`,
  lost: 'Lost events',
  lostEvents: (count: number) =>
    `${plural(count, { one: '# event was', other: '# events were' })} deleted by age before the receiver got them. The next message says so.`,
  deliveries: 'Last deliveries',
  deliveriesHint: 'The last 20 attempts to send an event. This page refreshes every 5 seconds.',
  noDeliveries: 'Nothing was sent yet. Send a test event to try the receiver.',
  event: 'Event',
  outcome: 'Result',
  result: ({ status, error }: { status: number | null; error: string | null }) =>
    status === null ? `No answer: ${error}` : `${error === null ? 'Accepted' : 'Not accepted'} (${status})`,
  duration: 'Duration',
  test: 'Send a test event',
  tested: (result: string) => `Sent the test event. ${result}.`,
  notTested: 'The test event is not sent yet. It waits for earlier events, and appears below later.',
  pause: 'Pause',
  pausedNow: 'Paused the webhook. Its events wait until you continue it.',
  continue: 'Continue',
  continued: 'Continued the webhook. It sends the events that wait.',
  replayTitle: 'Send events again',
  replayHint: 'Do this if the receiver has lost events. It knows those that it has by their IDs.',
  replay: 'Send again',
  replayed: 'The webhook sends the events again.',
  from: 'Begin at',
  fromTime: 'A time',
  fromSeal: 'A seal',
  since: 'Events since',
  after: 'Events after the seal',
  afterHint: (seal: number) => `A number up to ${seal}, where the webhook is now. 0 sends all events.`,
  secretHint: 'The receiver verifies messages with this secret. Replace it if it was lost or has leaked.',
  rotate: 'Replace the secret',
  rotateConfirm: `The server signs with the new secret at once. The receiver refuses messages until you give it the new secret; then the server sends them again.`,
  rotated: (host: string) => `Replaced the secret for ${host}.`,
  secretOf: (host: string) => `Secret for ${host}`,
  secretOnce: `Copy the secret now and give it to the receiver. It is not shown again: if you lose it, you have to replace it.`,
  deleteTitle: 'Delete this webhook',
  deleteHint: 'To be able to undo this, pause the webhook instead.',
  deleteConfirm: (host: string) => `${host} gets no more events from this webhook. You cannot undo this.`,
  deleteTyped: 'Type the host of the receiver to confirm',
  deleted: (host: string) => `Deleted the webhook for ${host}.`
}

export const overview = {
  title: 'Overview',
  refresh: 'Refresh',
  refreshed: 'Refreshed.',
  readAt: (time: Date) => `As of ${clock.format(time)}. This page refreshes every 30 seconds.`,
  atLeast: (count: number, isCut: boolean) => `${isCut ? 'at least ' : ''}${number.format(count)}`,

  steps: {
    title: 'First steps',
    register: 'Register your application:',
    kinds: { web: 'Web page', mobile: 'Mobile app', server: 'Server', script: 'Script' },
    registerHint: 'To try it, use the built-in client, which needs no registration.',
    use: 'Use this server in your application:',
    useHint: 'Add the origin of your page to the setting CORS_ORIGINS.'
  },

  activity: 'The last 24 hours',
  inHour: (count: string) => `${count} in the last hour`,
  figures: { logins: 'Logins', failures: 'Failed logins', throttled: 'Too many attempts', refused: 'Other refusals' },

  server: 'Server',
  sessions: 'Live logins',
  hashQueue: 'Passwords',
  queue: (running: number, waiting: number, limit: number) =>
    `${number.format(running)} being hashed, ${number.format(waiting)} waiting (at most ${number.format(limit)})`,
  database: 'Database',
  databaseOf: (dialect: 'sqlite' | 'postgres', size: string) =>
    `${{ sqlite: 'SQLite', postgres: 'PostgreSQL' }[dialect]}, ${size}`,
  mail: 'Mail',
  mailState: (waiting: number, oldest: string | null, isSent: boolean) =>
    (oldest === null
      ? 'No message waits'
      : `${plural(waiting, { one: '# message waits', other: '# messages wait' })}, since ${moment.format(new Date(oldest))}`) +
    (isSent ? '.' : '. SMTP_URL is not set.'),
  webhookState: (total: number, failing: number) =>
    failing === 0
      ? `${total}; their receivers accept events.`
      : `The receivers of ${failing} of ${total} accept no events.`,
  sealState: (unsealed: number, newest: string | null, isCut: boolean) =>
    `${isCut ? 'At least ' : ''}${plural(unsealed, { one: '# event', other: '# events' })} without a seal` +
    (newest === null ? '.' : `; newest seal ${moment.format(new Date(newest))}.`),
  key: 'Signing key',
  noKey: 'No key signs.',
  keyState: (days: number, next: string | null, rotates: string | null) =>
    `${plural(days, { one: '# day', other: '# days' })} old. ` +
    (next !== null
      ? `A new key signs from ${moment.format(new Date(next))} on.`
      : rotates === null
        ? 'It is not rotated by age.'
        : `Rotation is due on ${moment.format(new Date(rotates))}.`),
  volume: 'Disk',
  volumeState: (free: string, total: string) => `${free} free of ${total}`,
  refreshes: 'Refreshed since the start',

  nodes: 'Nodes',
  host: 'Host',
  version: 'Sallyport',
  runtime: 'Runtime',
  seenAt: 'Last seen',
  gone: 'Not seen for 2 minutes',

  findings: 'Findings of doctor',
  levels: { error: 'Error', warning: 'Warning' },
  noFindings: 'The settings need no change.',
  moreChecks: 'The command sallyport doctor checks more, such as files and the clock.'
}

/** Why a login was refused. */
export const reasons: Record<string, string> = {
  password: 'wrong password',
  'unknown name': 'unknown name',
  disabled: 'disabled account',
  scope: 'no scope to grant',
  claims: 'no claims from the application',
  code: 'wrong code',
  'email code': 'wrong code from the mail',
  passkey: 'passkey not accepted',
  'id token': 'ID token not accepted',
  'used id token': 'ID token used before',
  'registration closed': 'no account here, and registration is closed',
  'address taken': 'address of another account',
  'no second factor': 'no second factor',
  'another account': 'not the account of the first step',
  'changed meanwhile': 'account changed at the same time',
  refused: 'not possible, with the right password',
  limit: 'too many attempts, with the right password or account',
  counter: 'the passkey may be a copy',
  client: 'wrong client credentials',
  introspection: 'wrong credentials for introspection'
}

/** Too many of what: the counters that refuse. */
export const counters: Record<string, string> = {
  account: 'failed logins of one account',
  known: 'failed logins of one account from a known network',
  'known-prefix': 'failed logins of known accounts from one network',
  prefix: 'failed logins from one network',
  consecutive: 'failed logins of one account in a row',
  code: 'wrong codes of one account',
  'consecutive-codes': 'wrong codes of one app in a row',
  credential: 'refused credentials from one network',
  mail: 'requests for mails from one network',
  message: 'mails to one address, or resets of one password',
  profile: 'changes of one account',
  password: 'changes of one password',
  logins: 'logins of one account',
  registration: 'registrations from one network',
  registrations: 'registrations from all networks'
}

/** What the server refuses, by the code of its problem or OAuth error; `#` is its sentence. English needs none. */
export const refusals: Record<string, string> = {}
/** What is wrong with a member of a request, by the reason or the code of the problem. English needs none. */
export const faults: Record<string, string> = {}

/** Every text of the console. Another language is another file of this shape. */
export type Texts = typeof import('./en.ts')
